import { defaultRates } from '../delivery/intake/limits.ts'
import type { Rate } from '../delivery/intake/rate-limit.ts'
import { rate, type SettingsTable, setting } from '../setting.ts'

/** The settings of how often an instance takes something over HTTP; past a rate callers get 429. */
export const rateSettings = {
  RATE_CALLBACK_URL: ofRate(
    'callbacks to one URL that an instance takes: at once/per second',
    defaultRates.perCallbackUrl,
  ),
  RATE_ADDRESSEE: ofRate(
    'callbacks and publications for one client that an instance takes: at once/per second',
    defaultRates.perAddressee,
  ),
  RATE_REGISTRATIONS: ofRate(
    'registrations that one client makes at an instance: at once/per second',
    defaultRates.registrationsPerClient,
  ),
  RATE_TICKETS: ofRate(
    'tickets that one client takes at an instance: at once/per second',
    defaultRates.ticketsPerClient,
  ),
} as const satisfies SettingsTable

function ofRate(about: string, fallback: Rate) {
  return setting<Rate>({ about, parse: rate, fallback, fallbackText: `${fallback.burst}/${fallback.perSecond}` })
}
