import { InstanceDead } from '../../../src/adapters/postgres/announcement.ts'
import type { Self } from '../../../src/adapters/postgres/instances.ts'
import type { Notification } from '../../../src/delivery/notification.ts'
import type { Database } from '../../../src/modes/instance-queue/parts.ts'
import { nameOf } from '../fate.ts'
import type { Process } from '../process.ts'
import type { World } from '../world.ts'
import type { Tables } from './tables.ts'

/** Rows of one reading, few enough that backlogs take several. */
const pageSize = 8
const nothingPurged = { expired: [], keys: 0, registrations: 0, tickets: 0, receipts: 0, unsent: 0, more: false }
export const notSimulated = (): never => {
  throw new Error('this is not simulated')
}

/** The process that executes statements. */
export interface StatementOwner {
  readonly world: World
  readonly process: Process
  readonly name: string
  readonly id: string
  readonly realm: StatementRealm
  /** When it was last looked where clients are. */
  lookedAt: number
  /** Whether the client has asked for its record. */
  isAnnouncing(clientId: string): boolean
  /** Whether a poll of the client is held here that is not waiting for its record. */
  holdsLive(clientId: string): boolean
}

/** The tables, and the other processes that use them. */
export interface StatementRealm {
  readonly tables: Tables
  isFromIntake(notification: Notification): boolean
  /** The process that has the row of this id. */
  instanceOf(id: string): Pick<StatementOwner, 'holdsLive'> | undefined
  /**
   * The process that holds a poll of the client which this one is about to forget: itself, its successor under its id,
   * or an earlier process under its id, whose clients it has only just inherited.
   */
  holderBeside(owner: Pick<StatementOwner, 'name'>, clientId: string): Pick<StatementOwner, 'name'> | null
}

/** The tables as one process reaches them: statements that are slow, or fail before or after their commit. */
export function statements(instance: StatementOwner): Database {
  const { world, process, name } = instance
  const { tables } = instance.realm
  const call = <T>(perform: () => T) => process.call(perform)

  /** A client that has not asked is not taken from an instance that holds a poll of it. */
  const looksFirst = (clientId: string): void => {
    const last = tables.lastRecorded.get(clientId)
    if (!world.calm || last === undefined || last.instanceId === instance.id || instance.isAnnouncing(clientId)) return
    if (last.recordedAt >= instance.lookedAt || !instance.realm.instanceOf(last.instanceId)?.holdsLive(clientId)) return
    world.ledger.violate(7, `${name} took ${clientId} from the instance that holds a poll of it`)
  }
  const record = (clientId: string, self: Self) => {
    looksFirst(clientId)
    return { previous: tables.record(clientId, self), recordedAt: world.now }
  }
  const forget = (clientId: string, self: Self) => {
    const holder = instance.realm.holderBeside(instance, clientId)
    if (holder !== null && tables.isHeldBy(self) && tables.find(clientId)?.id === self.id) {
      world.ledger.violate(7, `${name} forgot ${clientId} while ${holder.name} holds a poll of it`)
    }
    tables.forget(clientId, self)
  }

  /** Until then a client with a held poll is found here, and by the instance that it comes to next. */
  const leave = (self: Self) => {
    const { id } = self
    if (!tables.isHeldBy(self)) return
    for (const clientId of tables.at(id)) {
      if (instance.holdsLive(clientId)) world.ledger.violate(7, `${name} left while it holds a poll of ${clientId}`)
    }
    tables.markDead(id)
  }

  return {
    prepare: async () => {},
    // No metrics are read in a simulation.
    watched: { statements: {} as never, lanes: {} as never, measureStored: notSimulated },
    instances: {
      register: (row) => call(() => tables.register(row)),
      heartbeat: (self) => call(() => tables.heartbeat(self)),
      async fenceDead({ afterSeconds }) {
        await call(() => tables.fence(afterSeconds * 1_000))
        return []
      },
      deadInstances: () => call(() => tables.dead),
      // The check at the start is not played: it tells the log alone.
      live: async () => [],
      findLive: (id) =>
        call(() => {
          const [startedAt, heartbeatAt] = [new Date(0), new Date(0)]
          const row = tables.live(id)
          return row && { ...row, startedAt, heartbeatAt, deadAt: null }
        }),
      markLeaving: (self) => call(() => leave(self)),
      remove: (id) => call(() => tables.remove(id)),
    },
    sessions: {
      async record(self, clientIds) {
        const recorded = await call(() =>
          tables.live(self.id) === null || !tables.isHeldBy(self)
            ? null
            : new Map(clientIds.map((clientId) => [clientId, record(clientId, self)])),
        )
        if (recorded === null) throw new InstanceDead()
        return recorded
      },
      remove: (self, clientIds) =>
        call(() => {
          for (const clientId of clientIds) forget(clientId, self)
        }),
      find: (clientIds) =>
        call(() => {
          instance.lookedAt = world.now
          return new Map(
            clientIds.flatMap((clientId) => {
              const peer = tables.find(clientId)
              return peer === null ? [] : [[clientId, peer] as const]
            }),
          )
        }),
      count: (instanceId) => call(() => tables.at(instanceId).length),
      list: (instanceId) => call(() => tables.at(instanceId)),
    },
    pending: {
      readPage: (clientId) => call(() => tables.readPage((_, addressee) => addressee === clientId, pageSize)),
      readKeys: (keys) => call(() => tables.readPending((key) => keys.includes(key))),
      isStored: (key) => call(() => tables.isStored(key)),
      remove: (key) => call(() => tables.deletePending(key)),
      end: (row) => call(() => tables.endPending(row)),
      noteHandedOver: (key) => call(() => tables.noteHandedOver(key)),
      waitingAt: (instanceId, { except }) =>
        call(() => tables.waitingAt(instanceId).filter(({ clientId }) => !except.includes(clientId))),
    },
    publishing: {
      keepsOrder: true,
      async insert({ body, expiresAt = null, receipt = null }) {
        const sent = world.notification(nameOf({ body }))
        // The row has the time and the receipt that the instance gives, which are those of the sender.
        const notification = { ...sent, expiresAt, receipt }
        const { ledger } = world
        let isStored = false
        try {
          const row = await call(() => {
            if (tables.isKnown(notification)) {
              if (instance.realm.isFromIntake(notification)) ledger.foundStored(name, notification)
              return null
            }
            if (ledger.isAccepted(notification)) ledger.sentOn(name, notification)
            else ledger.accepted(notification)
            isStored = true
            return tables.insert(notification)
          })
          return row === null ? { kind: 'duplicate', id: notification.id } : { kind: 'stored', row }
        } catch (error) {
          // The row is there, and the intake queue shows the notification again.
          if (isStored && instance.realm.isFromIntake(notification)) ledger.cause(notification, 'unclear store')
          throw error
        }
      },
    },
    callbacks: { accept: notSimulated },
    registrations: {
      isCallbackId: () => false,
      newCallbackId: notSimulated,
      create: notSimulated,
      list: notSimulated,
      revoke: notSimulated,
    },
    tickets: { issue: notSimulated, redeem: notSimulated },
    wakeUps: {
      ...{ put: notSimulated, remove: notSimulated, mark: notSimulated, claim: notSimulated },
      withDevices: notSimulated,
      ...{ settle: notSimulated, look: notSimulated, forget: notSimulated },
    },
    waiting: { name: 'waiting_statements', help: 'None wait here.', read: () => 0 },
    receipts: {
      find: (addressee, id) => call(() => tables.findReceipt(addressee, id)),
      acknowledgedAmong: (named) => call(() => named.filter((one) => tables.isAcknowledged(one))),
      record: (noted) => call(() => tables.receipts.record(noted)),
      take: (asked) => call(() => tables.receipts.take(asked)),
      sent: (taken) => call(() => tables.receipts.sent(taken)),
    },
    purge: async () => ({ ...nothingPurged, expired: tables.purge() }),
    finding: async () => 'ok',
  }
}
