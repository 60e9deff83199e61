import type { IssuerKeys } from '../http/tokens/issuer-keys.ts'
import type { Families } from './families.ts'

/** Adds the metrics of the issuer's keys. `now` returns milliseconds since 1970. */
export function addKeys(
  families: Families,
  keys: Pick<IssuerKeys, 'fetches' | 'fetchedAtMs'>,
  now: () => number,
): void {
  families.counters(
    { name: 'keys_fetches', help: "Fetches of the issuer's keys, by outcome.", labels: ['outcome'] },
    () => Object.entries(keys.fetches).map(([outcome, count]) => [{ outcome }, count] as const),
  )
  families.gauge(
    { name: 'keys_age_seconds', help: "Time since the issuer's keys were last fetched; absent before the first time." },
    () => (keys.fetchedAtMs === null ? null : Math.max(0, now() - keys.fetchedAtMs) / 1000),
  )
}
