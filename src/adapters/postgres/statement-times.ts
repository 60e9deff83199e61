import { Buckets } from '../buckets.ts'

/** The statements of the service by their names; `other` for those of the start and of operators. */
export const statementNames = [
  'record sessions',
  'forget sessions',
  'find sessions',
  'count sessions',
  'list sessions',
  'read pending',
  'read pending by keys',
  'find pending',
  'sweep pending',
  'delete pending',
  'end pending with receipt',
  'note handed over',
  'find receipt',
  'find acknowledged',
  'record receipts',
  'take receipts',
  'note receipt sent',
  'measure pending',
  'store publications',
  'store callbacks',
  'create registration',
  'list registrations',
  'revoke registration',
  'issue ticket',
  'redeem ticket',
  'put wake-up',
  'remove wake-up',
  'find devices',
  'mark wake-ups',
  'claim wake-ups',
  'settle wake-ups',
  'look for wake-ups',
  'forget wake-ups',
  'register instance',
  'heartbeat',
  'fence instances',
  'list dead instances',
  'list instances',
  'find instance',
  'mark instance leaving',
  'remove instance',
  'check database',
  'purge',
  'claim expired',
  'other',
] as const
export type StatementName = (typeof statementNames)[number]

/** Seconds. A statement usually takes a millisecond or two, and at most its deadline of three seconds. */
const bounds = [0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 3]

/** The statements of one name. */
export class StatementTimes {
  /** Seconds from the call to the result, the wait for a connection included. */
  readonly seconds = new Buckets(bounds)
  failed = 0

  /** Counts the statement when it is over. */
  watch(startedAt: number, now: () => number, result: Promise<unknown>): void {
    const over = () => this.seconds.observe((now() - startedAt) / 1000)
    result.then(over, () => {
      this.failed += 1
      over()
    })
  }
}

/** Returns times for every name. */
export function statementTimes(): Readonly<Record<StatementName, StatementTimes>> {
  return Object.fromEntries(statementNames.map((name) => [name, new StatementTimes()])) as Record<
    StatementName,
    StatementTimes
  >
}
