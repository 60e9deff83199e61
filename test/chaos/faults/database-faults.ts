import type { OwnServer } from '../../support/postgres.ts'
import type { Ledger } from '../ledger.ts'
import { type Faults, oneAtATime } from './fault.ts'

const databaseMs = [1_000, 6_000] as const
/** Calls that were waiting for the database are tried again for so long. */
const aftermathMs = 10_000

/** A database that dies and stands still. */
export function databaseFaults(site: { readonly server: OwnServer; readonly ledger: Ledger }): Faults {
  const { server, ledger } = site
  const alone = oneAtATime()
  const happening = (happen: () => Promise<void>) => alone(() => happen().finally(ledger.disturb({ aftermathMs })))
  return {
    'kill database': {
      weight: 1,
      begin: ({ last }) =>
        happening(async () => {
          await server.kill()
          await last(databaseMs)
          await server.start()
        }),
    },
    'pause database': {
      weight: 1,
      begin: ({ last }) =>
        happening(async () => {
          server.pause()
          await last(databaseMs)
          server.resume()
        }),
    },
  }
}
