import { createInstances } from '../adapters/postgres/instances.ts'
import { openPool } from '../adapters/postgres/pool.ts'
import { postOverHttp } from '../adapters/relay/relay.ts'
import type { Config } from '../config.ts'
import { databaseOf } from '../database.ts'
import { type Finding, messageOf, notesOf } from './finding.ts'

const { ok, warn, fail } = notesOf('peers')
/** Instances that are called: enough to find out how a network is made. */
const maxPeers = 20
/** A heartbeat comes every 5 s: an instance that is silent for longer is about to be taken for dead. */
const maxSilenceMs = 10_000

/** Calls the running instances at the addresses that they have announced, as a peer does. */
export async function examinePeers(config: Config): Promise<Finding[]> {
  const pool = openPool({ ...databaseOf(config), max: 1, log: { info() {}, warn() {} } })
  try {
    const peers = await createInstances({ pool }).live({ limit: maxPeers })
    if (peers.length === 0) return [ok('no instance runs')]
    const [clock] = await pool.query(
      (sql) => sql<{ nowMs: string }[]>`select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as "nowMs"`,
    )
    return await Promise.all(
      peers.map(async ({ id, address, relayKey, heartbeatAt }) => {
        const isSilent = Number(clock?.nowMs) - heartbeatAt.getTime() > maxSilenceMs
        try {
          await postOverHttp(address, relayKey, [])
          return ok(`the instance ${id} answers at ${address}`)
        } catch (error) {
          const text = `the instance ${id} does not answer at ${address}: ${messageOf(error)}`
          return isSilent
            ? warn(text, 'it has sent no heartbeat lately either: it has ended, or hangs')
            : fail(text, 'set its INSTANCE_ADDRESS to where the other instances reach it, and open that port')
        }
      }),
    )
  } catch (error) {
    return [warn(`the instances could not be read: ${messageOf(error)}`, 'mend the database first')]
  } finally {
    await pool.close()
  }
}
