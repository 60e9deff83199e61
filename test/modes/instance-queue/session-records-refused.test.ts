import t from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { InstanceDead } from '../../../src/adapters/postgres/announcement.ts'
import type { SessionsTable } from '../../../src/adapters/postgres/sessions.ts'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { Identity } from '../../../src/modes/instance-queue/identity.ts'
import { SessionRecords } from '../../../src/modes/instance-queue/session-records.ts'

/** The records of an instance that was taken for dead, and whose next beginning fails with this error. */
function recordsThatFail(error: Error): SessionRecords {
  const table: SessionsTable = {
    record: async () => {
      throw new InstanceDead()
    },
    remove: async () => {},
    find: async () => new Map(),
    count: async () => 0,
    list: async () => [],
  }
  const identity = new Identity({ fixedId: null, newId: () => 'id', newRelayKey: () => 'key' })
  identity.confirm()
  const fail = () => Promise.reject(error)
  identity.keptBy({ join: fail, beginAnew: fail })
  return new SessionRecords({ table, identity, clock: systemClock, log: { warn() {} } })
}

t.test('a client of an instance that gets no new queue is told to try again, and not of a fault', async (t) => {
  const timeout = new Error('the queue service did not answer')
  await t.rejects(recordsThatFail(timeout).record('alice'), { code: 'ERROR_SQS_UNEXPECTED_ERROR', cause: timeout })
})

t.test('a refusal of an instance that begins anew is passed on', async (t) => {
  await t.rejects(recordsThatFail(new Refusal('ERROR_DRAINING')).record('alice'), { code: 'ERROR_DRAINING' })
})
