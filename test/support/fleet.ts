import { randomUUID } from 'node:crypto'
import { systemClock } from '../../src/adapters/clock.ts'
import { InstanceDead, type PreviousOwner } from '../../src/adapters/postgres/announcement.ts'
import { createInstances } from '../../src/adapters/postgres/instances.ts'
import type { DatabaseOptions, Pool } from '../../src/adapters/postgres/pool.ts'
import { openPool } from '../../src/adapters/postgres/pool.ts'
import { createSessionsTable } from '../../src/adapters/postgres/sessions.ts'
import { Identity } from '../../src/modes/instance-queue/identity.ts'
import { SessionRecords } from '../../src/modes/instance-queue/session-records.ts'
import type { Databases, Owner } from './postgres.ts'

interface FleetOptions {
  readonly encoding?: string
  /** How long a statement may take, its repetitions included; as shipped unless told. */
  readonly deadlineMs?: number
}

/** A migrated database, and as many instances on it as are asked for, each with a pool of its own. */
export async function openFleet(server: Databases, t: Owner, { deadlineMs, ...options }: FleetOptions = {}) {
  const database = await server.migratedDatabase(options)
  return { database, start: () => start(t, database, deadlineMs) }
}

/** A client that an instance has recorded, and the instance that it came from. */
interface Move {
  readonly clientId: string
  readonly previous: PreviousOwner
}

async function start(t: Owner, database: DatabaseOptions, usualDeadlineMs?: number) {
  const said: string[] = []
  const say = (_fields: object, sentence: string) => said.push(sentence)
  const log = { info: say, warn: say }
  const real = openPool({ ...database, log })
  t.teardown(() => real.close())
  const counts = { statements: 0, takenForDead: 0 }
  const pool: Pool = {
    ...real,
    query(statement, deadlineMs = usualDeadlineMs) {
      counts.statements += 1
      return real.query(statement, deadlineMs)
    },
    as: () => pool,
  }
  const instances = createInstances({ pool })
  const identity = new Identity({ fixedId: null, newId: randomUUID, newRelayKey: randomUUID })
  identity.confirm()
  identity.keptBy({
    async join() {},
    async beginAnew() {
      counts.takenForDead += 1
      throw new InstanceDead()
    },
  })
  const { id, relayKey } = identity
  const moves: Move[] = []
  const registration = {
    id,
    address: `http://${id}:8080`,
    queueUrl: `http://sqs/queue-${id}`,
    ownsQueue: true,
    relayKey,
  }
  await instances.register(registration)
  counts.statements = 0
  const records = new SessionRecords({ table: createSessionsTable({ pool }), identity, clock: systemClock, log })
  const sessions = {
    async record(clientId: string) {
      const { previous, recordedAt } = await records.record(clientId)
      if (previous !== null) moves.push({ clientId, previous })
      return recordedAt
    },
    forget: (clientId: string) => records.forget(clientId),
    find: async (clientId: string) => withoutTime(await records.find(clientId)),
    findMany: async (clientIds: Iterable<string>) =>
      new Map(Array.from(await records.findMany(clientIds), ([clientId, peer]) => [clientId, withoutTime(peer)])),
    count: () => records.count(),
    list: () => records.list(),
  }
  const { address, queueUrl } = registration
  const peer = { id, address, queueUrl, relayKey }
  const self = { ...peer, live: true }
  return { ...registration, self, peer, pool, instances, records, sessions, counts, moves, said }
}

/** Only where the client is. */
function withoutTime<Peer extends { readonly recordedAt: number }>(peer: Peer | null): Omit<Peer, 'recordedAt'> | null {
  if (peer === null) return null
  const { recordedAt: _, ...rest } = peer
  return rest
}
