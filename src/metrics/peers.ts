import { type RelayCounters, relayCounters } from '../adapters/relay/relay.ts'
import type { Families } from './families.ts'

/** Counts of what is sent on to other instances. */
export interface PeerCounters {
  /** Notifications that were forwarded to other instances, and failures to forward. */
  readonly forwards: { readonly sent: number; readonly failed: number }
  /** Entries for other instances; null where instances do not know each other. */
  readonly relays: RelayCounters | null
}

/** Adds the metrics of what this instance tells others, and sends on to them. */
export function addPeers(families: Families, { forwards, relays }: PeerCounters): void {
  const { sent, failed } = relays ?? relayCounters()
  families.counter({ name: 'forwarded', help: 'Notifications forwarded to another instance.' }, () => forwards.sent)
  families.counter({ name: 'forward_errors', help: 'Failures to forward a notification.' }, () => forwards.failed)
  families.counters(
    { name: 'relayed', help: 'Entries that another instance has taken, by kind (mode 1).', labels: ['kind'] },
    () => Object.entries(sent).map(([kind, count]) => [{ kind }, count] as const),
  )
  families.counters(
    {
      name: 'relay_errors',
      help: 'Entries that another instance may not have taken, by reason (mode 1).',
      labels: ['reason'],
    },
    () => Object.entries(failed).map(([reason, count]) => [{ reason }, count] as const),
  )
}
