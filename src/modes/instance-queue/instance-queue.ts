import { pause, within } from '../../adapters/clock.ts'
import { createRelay, relayCounters, relayKeyHeader, relayPath } from '../../adapters/relay/relay.ts'
import { deleteQueueIfEmpty, isQueueEmpty } from '../../adapters/sqs/queue.ts'
import { openQueueReader } from '../../adapters/sqs/queue-reader.ts'
import { sender } from '../../adapters/sqs/send.ts'
import { drainAll } from '../../adapters/sqs/settlements.ts'
import type { LeasePort } from '../../adapters/sqs/sorting.ts'
import { Backlog } from '../../delivery/intake/backlog.ts'
import { intakeCounters } from '../../delivery/intake/intake-queue.ts'
import { PendingLeases } from '../../delivery/intake/pending.ts'
import { acknowledgementsAmongPeers, passCursorOn } from '../../delivery/peers/acknowledgements.ts'
import { PeerDispatcher } from '../../delivery/peers/dispatch.ts'
import { Forwarding } from '../../delivery/peers/forwarding.ts'
import { relayReceiver } from '../../delivery/peers/relay-receiver.ts'
import type { Mode, Relayed } from '../mode.ts'
import { untilBegun } from '../starting.ts'
import { Arrivals } from './arrivals.ts'
import { departures } from './departures.ts'
import { Drainer } from './drainer.ts'
import { forwarder } from './forwarder.ts'
import { Heartbeat } from './heartbeat.ts'
import { Identity } from './identity.ts'
import { openIntake } from './intake.ts'
import { Leaving } from './leaving.ts'
import { Membership } from './membership.ts'
import { OwnQueues } from './own-queue.ts'
import type { Parts } from './parts.ts'
import { PeerCheck } from './peer-check.ts'
import { Predecessor } from './predecessor.ts'
import { runPurge } from './purging.ts'
import { openReceipts } from './receipts.ts'
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
/** The time of a try to join that is under way when the start is called off: what it has made is known when it is done. */
const lastTryMs = 3_000
/** Another instance waits a second for the word that its client has left us, and then reads without it. */
const deletionMs = 700

/** All of the mode but what is outside of it: with fakes for that, it plays the same every time. */
export function instanceQueues(parts: Parts): Mode & { readonly relayed: Relayed } {
  const { config, clock, log, database, tracing, onFatal, onSuperseded } = parts
  const { instances, publishing } = database
  const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)

  // The identity of this instance, and the places of clients and other instances.
  const fixedId = config.NOTIFICATION_SERVICE_CLIENT_ID
  const identity = new Identity({ fixedId, newId: parts.newId, newRelayKey: parts.newRelayKey })
  const records = new SessionRecords({ table: database.sessions, identity, clock, log })
  const directory = {
    find: (clientId: string) => records.find(clientId),
    instance: (id: string) => instances.findLive(id),
  }
  const relays = relayCounters()
  const relay = createRelay({ clock, log, counters: relays, post: parts.post, callPeer: tracing.callPeer })
  const predecessor = new Predecessor({ clock, post: parts.post })

  // Receipts, which are stored, and sent from the store.
  const receipts = openReceipts({
    ...{ table: database.receipts, queues: config.RECEIPT_QUEUES, sqs: parts.sqs },
    ...{ identity, relay, directory, clock, sleep, log },
  })
  const sqs = { ...parts.sqs, needs: { ...parts.sqs.needs, receipts: receipts.keeping } }
  const { acting } = sqs.needs.clients
  const { waits } = receipts

  // The clients that are here.
  const leaseMs = config.SQS_VISIBILITY_TIMEOUT_SECONDS * 1000
  const pending = new PendingLeases(clock, database.pending, leaseMs, config.DEAD_LETTER_EXPIRED)
  pending.onReceipt = receipts.ended
  const arrivals = new Arrivals({ records, relay, predecessor, pending, clock })
  const passOn = passCursorOn({ relay, directory })
  const mailboxes = parts.makeMailboxes({
    identity,
    sessions: arrivals,
    onForeignCursor: (clientId, cursor) => void passOn(clientId, cursor),
  })
  const acknowledgements = acknowledgementsAmongPeers({ mailboxes, relay, directory, passOn })

  // Devices of clients that are away.
  const wakeUps = openWakeUps({
    ...{ table: database.wakeUps, devices: parts.devices, mailboxes, behind: pending.behind, clock, sleep, log },
  })
  arrivals.onLeft = wakeUps.left

  // Notifications that are stored for them, and entries of other instances.
  const backlog = new Backlog({ mailboxes, pending, clock })
  const peers = new PeerDispatcher({ mailboxes, pending, directory, relay, clock })
  const dispatcher = wakeUps.over(peers)
  const stored = { expired: 0, expiredAsSaid: 0 }
  const storeFor = storing({ publishing, dispatcher, clock })

  // Messages that come for them from queues, and messages that are sent after clients that have left.
  const working = new AbortController()
  const forwards = { sent: 0, failed: 0 }
  const delivery = new Forwarding({
    mailboxes,
    directory,
    forwarder: forwarder({ send: sender(sqs.needs.clients, clock), storeFor, clock }),
    onKept: wakeUps.keeping(storeFor, working.signal),
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
  const intake = openIntake({
    ...{ queueUrl: config.SQS_INTAKE_QUEUE_URL, sqs: sqs.needs, mailboxes, records, identity, storeFor, log },
    ...{ counters: arrived, tracing },
  })

  // This instance among the others.
  const queues = new OwnQueues({ config, sqs: sqs.needs, port, sleep, log, leaving: working.signal })
  const membership = new Membership({
    ...{ identity, instances, records, arrivals, departed, mailboxes, predecessor, queues, log, onFatal },
    address: parts.address,
    succession: new Succession({
      log,
      onSuperseded() {
        onSuperseded()
        departed.superseded()
      },
    }),
  })
  const heartbeat = new Heartbeat({
    ...{ identity, instances, records, arrivals, departed, mailboxes, predecessor, membership, sleep, log },
  })
  queues.onGone = (queueUrl) => void membership.queueGone(queueUrl)
  const deleteIfEmpty = (queueUrl: string) => deleteQueueIfEmpty(acting, queueUrl)
  const leaving = new Leaving({ membership, delivery, mailboxes, deleteIfEmpty, clock, sleep })
  const addresses = new PeerCheck({ instances, post: parts.post, relay, self: identity, sleep })
  const drainer = new Drainer({
    ...{ instances, sleep, log, deleteIfEmpty },
    openQueue: (queueUrl) => openQueueReader(sqs.needs, { queueUrl, kind: 'instance-queue' }, port),
    isEmpty: (queueUrl) => isQueueEmpty(acting, queueUrl),
  })

  const draining = new AbortController()
  const work: Promise<void>[] = []
  return {
    mode: 1,
    mailboxes,
    counters: { sqs: sqs.counters, forwards, relays, intake: arrived, stored, wakeUps: wakeUps.counters },
    database: database.watched,
    gauges: [database.waiting, waits.gauge, receipts.keeping.room.gauge, ...sqs.gauges],
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
          void heartbeat.look()
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
    check: async () => ({ database: await database.finding(), queue: queues.finding, ...intake.findings }),
    async start(stop) {
      const begin = async () => {
        await database.prepare()
        await intake.open()
        await membership.join()
      }
      const { random } = sqs.needs
      await untilBegun(begin, { clock, random, sleep, log, lastTryMs }, stop).catch(async (error: unknown) => {
        await leaving.undoStart()
        throw error
      })
      const { signal } = working
      work.push(
        addresses.look(signal),
        heartbeat.run(signal),
        intake.run(draining.signal),
        drainer.run(draining.signal),
        runSweep({ stored: database.pending, pending, backlog, mailboxes, sleep, log }, signal),
        wakeUps.run(signal),
        receipts.run(signal),
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
      await leaving.leave(working)
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
    takeDown: () => leaving.takeDown(),
    close: () => parts.close(),
  }
}
