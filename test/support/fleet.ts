import { randomUUID } from 'node:crypto'
import { systemClock } from '../../src/adapters/clock.ts'
import { createInstances } from '../../src/adapters/postgres/instances.ts'
import type { DatabaseOptions, Pool } from '../../src/adapters/postgres/pool.ts'
import { openPool } from '../../src/adapters/postgres/pool.ts'
import { createSessions, type Move, type SessionsOptions } from '../../src/adapters/postgres/sessions.ts'
import type { Databases, Owner } from './postgres.ts'

/** A migrated database, and as many instances on it as are asked for, each with a pool of its own. */
export async function openFleet(server: Databases, t: Owner, options: { encoding?: string } = {}) {
  const database = await server.migratedDatabase(options)
  return { database, start: (options?: Partial<SessionsOptions>) => start(t, database, options) }
}

async function start(t: Owner, database: DatabaseOptions, options: Partial<SessionsOptions> = {}) {
  const said: string[] = []
  const say = (_fields: object, sentence: string) => said.push(sentence)
  const log = { info: say, warn: say }
  const real = openPool({ ...database, log })
  t.teardown(() => real.close())
  const counts = { statements: 0, takenForDead: 0 }
  const pool: Pool = {
    ...real,
    query(statement, deadlineMs) {
      counts.statements += 1
      return real.query(statement, deadlineMs)
    },
  }
  const instances = createInstances({ pool })
  const id = randomUUID()
  const moves: Move[] = []
  const registration = {
    id,
    address: `http://${id}:8080`,
    queueUrl: `http://sqs/queue-${id}`,
    ownsQueue: true,
    relayKey: randomUUID(),
  }
  await instances.register(registration)
  counts.statements = 0
  const sessions = createSessions({
    pool,
    instanceId: () => id,
    clock: systemClock,
    log,
    onTakenForDead: () => (counts.takenForDead += 1),
    onMoved: (moved) => {
      moves.push(...moved)
    },
    ...options,
  })
  const { address, queueUrl, relayKey } = registration
  const peer = { id, address, queueUrl, relayKey }
  const self = { ...peer, live: true }
  return { ...registration, self, peer, pool, instances, sessions, counts, moves, said }
}
