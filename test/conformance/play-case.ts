import { setTimeout as pass } from 'node:timers/promises'
import type { Case, World } from './case.ts'
import { Changes } from './changes.ts'
import { ClientProcess } from './client-process.ts'
import type { Outcome } from './outcome.ts'
import { StandInService } from './service/stand-in-service.ts'
import { watchRequests } from './watch.ts'

/** The time for a client's process to start on a busy machine. */
const readyMs = 60_000
const defaultPatienceMs = 30_000

/** Plays one case with a client of its own. */
export async function playCase(
  played: Case,
  command: string,
  { patienceMs = defaultPatienceMs } = {},
): Promise<Outcome> {
  const startedAt = performance.now()
  await using worlds = new AsyncDisposableStack()
  const violations = new Set<string>()
  const outcome = (kind: Outcome['kind'], reason = ''): Outcome => ({
    name: played.name,
    requires: played.requires,
    kind,
    reason,
    ms: performance.now() - startedAt,
  })
  const open = async (): Promise<World> => {
    const { close, ...world } = await openWorld({ command, violations, patienceMs })
    worlds.defer(close)
    return { ...world, another: open }
  }
  const world = await open()
  const { transport = 'long-poll' } = played
  try {
    await world.until('the program says that it is ready', () => world.client.isReady, readyMs)
    if (!world.client.transports.includes(transport)) return outcome('skipped', `has no ${transport}`)
    await played.play(world)
    if (violations.size === 0) return outcome('passed')
    return outcome('failed', [...violations].join('; '))
  } catch (error) {
    const { complaint } = world.client
    const reasons = [(error as Error).message, ...violations, ...(complaint === '' ? [] : [`it wrote: ${complaint}`])]
    return outcome('failed', reasons.join('; '))
  }
}

interface Needs {
  readonly command: string
  readonly violations: Set<string>
  /** The time to wait for each thing that the client must do. */
  readonly patienceMs: number
}

async function openWorld({
  command,
  violations,
  patienceMs,
}: Needs): Promise<Omit<World, 'another'> & { readonly close: () => Promise<void> }> {
  const changes = new Changes(patienceMs)
  const service = new StandInService(changes)
  await service.listen()
  const violate = (sentence: string) => void violations.add(sentence)
  const client = new ClientProcess({ command, url: service.url, changes, violate })
  watchRequests(service, client, violate)
  return {
    service,
    client,
    pass: async (ms) => void (await pass(ms)),
    until: async (sentence, condition, withinMs) => {
      await changes.until(sentence, () => condition() || client.hasExited, withinMs)
      if (condition()) return
      throw new Error(
        `the client has ended${client.ended?.error ? ` with ${client.ended.error}` : ''}, before: ${sentence}`,
      )
    },
    close: async () => {
      await client.end()
      await service.shut()
    },
  }
}
