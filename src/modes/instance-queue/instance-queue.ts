import { pause, within } from '../../adapters/clock.ts'
import { reasonOf } from '../../adapters/postgres/readiness.ts'
import { createRelay, relayCounters, relayKeyHeader, relayPath } from '../../adapters/relay/relay.ts'
import { deleteQueueIfEmpty, isQueueEmpty } from '../../adapters/sqs/queue.ts'
import { openQueueReader } from '../../adapters/sqs/queue-reader.ts'
import { unknownQueueWarning } from '../../adapters/sqs/receipt-keeping.ts'
import { receiptSender } from '../../adapters/sqs/receipt-sender.ts'
import { sender } from '../../adapters/sqs/send.ts'
import { drainAll } from '../../adapters/sqs/settlements.ts'
import type { LeasePort } from '../../adapters/sqs/sorting.ts'
import { AcknowledgementWaits } from '../../delivery/intake/acknowledgement-waits.ts'
import { Backlog } from '../../delivery/intake/backlog.ts'
import { intakeCounters } from '../../delivery/intake/intake-queue.ts'
import { PendingLeases } from '../../delivery/intake/pending.ts'
import { acknowledgementsAmongPeers, passCursorOn } from '../../delivery/peers/acknowledgements.ts'
import { PeerDispatcher } from '../../delivery/peers/dispatch.ts'
import { Forwarding } from '../../delivery/peers/forwarding.ts'
import { receiptTold } from '../../delivery/peers/receipt-told.ts'
import { relayReceiver } from '../../delivery/peers/relay-receiver.ts'
import type { Finding } from '../../delivery/refusal.ts'
import type { Mode, Relayed } from '../mode.ts'
import { untilBegun } from '../starting.ts'
import { Arrivals } from './arrivals.ts'
import { departures } from './departures.ts'
import { Drainer } from './drainer.ts'
import { forwarder } from './forwarder.ts'
import { Identity } from './identity.ts'
import { openIntake } from './intake.ts'
import { Membership } from './membership.ts'
import { OwnQueues } from './own-queue.ts'
import type { Parts } from './parts.ts'
import { PeerCheck } from './peer-check.ts'
import { Predecessor } from './predecessor.ts'
import { runPurge } from './purging.ts'
import { queueReceipts } from './queue-receipts.ts'
import { ReceiptOutbox } from './receipt-outbox.ts'
import { SessionRecords } from './session-records.ts'
import { storing } from './storing.ts'
import { Succession } from './succession.ts'
import { runSweep } from './sweep.ts'
import { openWakeUps } from './wake-ups.ts'

/**
 * A client whose last poll was ended by the drain arrives at another instance within this time, which tells this one. It
 * includes one refusal that says "come back in a second".
 */
const drainLingerMs = 2_000
/** Messages of senders that had looked this instance up before it left the list are still sent on for so long. */
const lastLookUpsMs = 2_000
/** The time for look-ups and sends of a last round, after which the rest is given back. */
const sendOnMs = 1_000
/** The time for the mark that this instance leaves, which includes a joining under way. */
const markMs = 4_000
/** The time of a try to join that is under way when the start is called off: what it has made is known when it is done. */
const lastTryMs = 3_000
/** The time for taking down what a start has made that is called off. */
const takeDownMs = 3_000
/** A queue may still be written to for a moment after its instance has left the list. */
const queueRestMs = 3_000
/** Another instance waits a second for the word that its client has left us, and then reads without it. */
const deletionMs = 700

/** All of the mode but what is outside of it: with fakes for that, it plays the same every time. */
export function instanceQueues(parts: Parts): Mode & { readonly relayed: Relayed } {
  const { config, clock, log, database, tracing, onFatal, onSuperseded } = parts
  const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)

  // Receipts, which are stored and sent from the store.
  const { receipts } = database
  const outbox = new ReceiptOutbox({
    ...{ receipts, queues: config.RECEIPT_QUEUES, counters: parts.sqs.counters.receipts, clock, sleep, log },
    send: receiptSender(parts.sqs.needs.clients),
  })
  const names = new Set(config.RECEIPT_QUEUES.keys())
  const keeping = queueReceipts({
    receipts,
    names,
    onEvent: () => outbox.ask(),
    unknownQueue: unknownQueueWarning(clock, log),
  })
  const sqs = { ...parts.sqs, needs: { ...parts.sqs.needs, receipts: keeping } }
  const { acting } = sqs.needs.clients

  // The identity of this instance, and the places of clients and other instances.
  const fixedId = config.NOTIFICATION_SERVICE_CLIENT_ID
  const identity = new Identity({ fixedId, newId: parts.newId, newRelayKey: parts.newRelayKey })
  const records = new SessionRecords({ table: database.sessions, identity, clock, log })
  const directory = {
    find: (clientId: string) => records.find(clientId),
    instance: (id: string) => database.instances.findLive(id),
  }
  const relays = relayCounters()
  const relay = createRelay({ clock, log, counters: relays, post: parts.post, callPeer: tracing.callPeer })
  const predecessor = new Predecessor({ clock, post: parts.post })

  // The clients that are here.
  const leaseMs = config.SQS_VISIBILITY_TIMEOUT_SECONDS * 1000
  const pending = new PendingLeases(clock, database.pending, leaseMs, config.DEAD_LETTER_EXPIRED)
  const wakeUps = openWakeUps({
    ...{ table: database.wakeUps, devices: parts.devices, clock, sleep, log },
    ...{ mailboxes: () => mailboxes, behind: pending.behind },
  })
  const onLeft = (clientId: string) => wakeUps.left(clientId)
  const arrivals = new Arrivals({ records, relay, predecessor, pending, clock, onLeft })
  const passOn = passCursorOn({ relay, directory })
  const mailboxes = parts.makeMailboxes({
    identity,
    sessions: arrivals,
    onForeignCursor: (clientId, cursor) => void passOn(clientId, cursor),
  })
  const acknowledgements = acknowledgementsAmongPeers({ mailboxes, relay, directory, passOn })

  // Notifications that are stored for them, and entries of other instances.
  const backlog = new Backlog({ mailboxes, pending, clock })
  const peers = new PeerDispatcher({ mailboxes, pending, directory, relay, clock })
  const dispatcher = wakeUps.over(peers)
  const waits = new AcknowledgementWaits({ clock, identity, acknowledgedAmong: database.receipts.acknowledgedAmong })
  const tellWaits = receiptTold({ waits, mailboxes, relay, directory })
  pending.onReceipt = (notification, by) => {
    if (by !== null) void tellWaits(notification)
    if (notification.receipt?.to) outbox.ask()
  }
  const { publishing } = database
  const storeFor = storing({ publishing, dispatcher, clock })

  // Messages that come for them from queues, and messages that are sent after clients that have left.
  const forwards = { sent: 0, failed: 0 }
  const delivery = new Forwarding({
    mailboxes,
    directory,
    forwarder: forwarder({ send: sender(sqs.needs.clients, clock), storeFor, clock }),
    onKept: ({ notification: { addressee } }) => wakeUps.kept(addressee),
    onForward({ notification: { id } }, err) {
      forwards[err === null ? 'sent' : 'failed'] += 1
      if (err !== null) log.warn({ err, notificationId: id }, 'notification could not be sent on and is kept here')
    },
  })
  const departed = departures({ records, delivery, mailboxes })
  const port: LeasePort = {
    offer: (leases) => delivery.offer(leases),
    full: () => mailboxes.leasedMemory.full,
    whenRoom: () => new Promise((resolve) => mailboxes.leasedMemory.onFree(resolve)),
    room: () => mailboxes.leasedMemory.free,
    expect: (bytes) => mailboxes.leasedMemory.expect(bytes),
  }

  const receive = relayReceiver({
    mailboxes,
    clientMoved: departed,
    takePending(row) {
      wakeUps.arrived(row)
      return peers.receiveRelayed(row)
    },
    acknowledged: (named) => waits.acknowledged(named),
    deleted: async () => void (await within(clock, deletionMs, pending.answered())),
  })

  // Messages for any client, that the intake queue brings.
  const arrived = intakeCounters()
  const stored = { expired: 0, expiredAsSaid: 0 }
  const intake = openIntake({
    ...{ queueUrl: config.SQS_INTAKE_QUEUE_URL, sqs: sqs.needs, mailboxes, records, identity, storeFor, log },
    ...{ counters: arrived, tracing },
  })

  // This instance among the others.
  const working = new AbortController()
  const queues = new OwnQueues({
    ...{ config, sqs: sqs.needs, port, sleep, log, leaving: working.signal },
    onGone: (queueUrl) => void membership.queueGone(queueUrl),
  })
  const membership = new Membership({
    ...{ identity, records, arrivals, departed, mailboxes, predecessor, queues, log, onFatal },
    instances: database.instances,
    address: parts.address,
    succession: new Succession({
      log,
      onSuperseded() {
        onSuperseded()
        departed.superseded()
      },
    }),
  })
  const deleteIfEmpty = (queueUrl: string) => deleteQueueIfEmpty(acting, queueUrl)
  const addresses = new PeerCheck({ instances: database.instances, post: parts.post, relay, self: identity, sleep })
  const drainer = new Drainer({
    ...{ instances: database.instances, sleep, log, deleteIfEmpty },
    openQueue: (queueUrl) => openQueueReader(sqs.needs, { queueUrl, kind: 'instance-queue' }, port),
    isEmpty: (queueUrl) => isQueueEmpty(acting, queueUrl),
  })

  const draining = new AbortController()
  const work: Promise<void>[] = []
  let left: { readonly at: number } | null = null
  let marking: Promise<void> | null = null
  /** Returns since when it is recorded that this instance leaves; null when that has failed, or takes longer. */
  const recordLeaving = async () => {
    if (left !== null) return left
    marking ??= membership.leave().then((isRecorded) => {
      if (isRecorded) left = { at: clock.now() }
      marking = null
    })
    await within(clock, markMs, marking)
    return left
  }

  return {
    mode: 1,
    mailboxes,
    counters: { sqs: sqs.counters, forwards, relays, intake: arrived, stored, wakeUps: wakeUps.counters },
    database: database.watched,
    gauges: [
      {
        name: 'waiting_statements',
        help: 'Statements that wait for PostgreSQL, and rows that wait for a statement (mode 1).',
        read: database.waiting,
      },
      {
        name: 'waiting_publishers',
        help: 'Callers that wait for the acknowledgement of their notification (mode 1).',
        read: () => waits.waiting,
      },
    ],
    instanceId: () => identity.id,
    acknowledgements,
    gateway: {
      ...{ registrations: database.registrations, callbacks: database.callbacks, publishing },
      dispatcher,
      findReceipt: database.receipts.find,
      waits,
    },
    tickets: database.tickets,
    wakeUps: wakeUps.port,
    relayed: {
      ...{ path: relayPath, keyHeader: relayKeyHeader, key: () => identity.relayKey },
      receive(values) {
        // A peer that has started calls once without entries.
        if (values.length === 0) {
          void membership.look()
          void addresses.look(working.signal)
        }
        return receive(values)
      },
    },
    async findSession(clientId) {
      const peer = await records.find(clientId)
      const { id: instanceId = null, queueUrl = null } = peer ?? {}
      return { clientId, online: peer !== null, mode: 1, instanceId, queueUrl }
    },
    check: async () => ({
      database: await database.check().then(
        (): Finding => 'ok',
        (error): Finding => ({ code: 'ERROR_DB_UNEXPECTED_ERROR', reason: reasonOf(error) }),
      ),
      queue: queues.finding,
      ...intake.findings,
    }),
    async start(stop) {
      const begin = async () => {
        await database.prepare()
        await intake.open()
        await membership.join()
      }
      const { random } = sqs.needs
      await untilBegun(begin, { clock, random, sleep, log, lastTryMs }, stop).catch(async (error: unknown) => {
        await recordLeaving()
        await within(clock, takeDownMs, membership.takeDown(deleteIfEmpty))
        throw error
      })
      const { signal } = working
      work.push(
        addresses.look(signal),
        membership.run(signal, sleep),
        intake.run(draining.signal),
        drainer.run(draining.signal),
        runSweep({ stored: database.pending, pending, backlog, mailboxes, sleep, log }, signal),
        wakeUps.run(signal),
        outbox.run(signal),
        runPurge({ purge: (limit) => database.purge(limit), counters: stored, sleep, log }, signal),
      )
    },
    drainLingerMs,
    drain() {
      waits.drain()
      sqs.hasten()
      membership.drain()
      draining.abort()
    },
    async leave() {
      const recorded = await recordLeaving()
      working.abort()
      if (recorded !== null) await sleep(lastLookUpsMs, new AbortController().signal)
      // Messages for clients that were nowhere when they came: some of these clients have arrived somewhere since.
      delivery.sendOn(mailboxes.waiting)
      // The rest goes back to the queue, which is about to have no reader.
      await within(clock, sendOnMs, delivery.settled())
      work.push(membership.stopReceiving())
    },
    async received() {
      await Promise.all(work)
      await Promise.all([delivery.settled(), intake.settled()])
    },
    async settled(withinMs) {
      await Promise.all([drainAll(sqs.needs.settling, withinMs), within(clock, withinMs, pending.settled())])
      pending.close()
      backlog.close()
    },
    async takeDown() {
      const recorded = await recordLeaving()
      // As long as look-ups may name the queue it stays: the others take this instance for dead, and drain it.
      if (recorded === null) return
      await sleep(Math.max(0, queueRestMs - (clock.now() - recorded.at)), new AbortController().signal)
      await membership.takeDown(deleteIfEmpty)
    },
    close: () => parts.close(),
  }
}
