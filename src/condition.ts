import type { Clock } from './delivery/ports.ts'
import type { Finding } from './delivery/refusal.ts'
import type { Condition, Phase } from './handlers/condition.ts'
import type { IssuerKeys } from './http/tokens/issuer-keys.ts'
import type { Mode } from './modes/mode.ts'
import type { Among } from './start.ts'

interface Needs {
  readonly mode: Pick<Mode, 'instanceId' | 'mode' | 'mailboxes' | 'check'>
  readonly keys: Pick<IssuerKeys, 'known' | 'refresh'>
  readonly among: Pick<Among, 'allServe'> | null
  readonly version: string
  readonly clock: Pick<Clock, 'now'>
  readonly phase: () => Phase
}

/** Returns the function that looks at the condition of this instance, which has started now. */
export function conditionOf({ mode, keys, among, version, clock, phase }: Needs): () => Condition {
  const startedAt = clock.now()
  return () => ({
    instanceId: mode.instanceId(),
    mode: mode.mode,
    version,
    heldPolls: mode.mailboxes.heldPolls.count,
    uptimeSeconds: Math.round(clock.now() - startedAt) / 1000,
    phase: phase(),
    check: async () => {
      const [found, keysFinding] = await Promise.all([mode.check(), checkKeys(keys)])
      return { ...found, keys: keysFinding, ...(among === null ? {} : { instances: checkSiblings(among) }) }
    },
  })
}

/** The port is not ready before all are: a newcomer may get to any of them. */
function checkSiblings({ allServe }: Pick<Among, 'allServe'>): Finding {
  if (allServe()) return 'ok'
  return { code: 'ERROR_DRAINING', reason: 'another instance at this port is still starting' }
}

async function checkKeys(keys: Needs['keys']): Promise<Finding> {
  if (keys.known || (await keys.refresh())) return 'ok'
  return { code: 'ERROR_KEYS_UNAVAILABLE', reason: "the issuer's keys could not be fetched" }
}
