import { randomUUID } from 'node:crypto'
import { pause } from '../../adapters/clock.ts'
import { clientQueueReader } from '../../adapters/sqs/client-queue-reader.ts'
import { clientQueueUrl, messageLimit, probeQueue, queueBase } from '../../adapters/sqs/queue.ts'
import { unknownQueueWarning } from '../../adapters/sqs/receipt-keeping.ts'
import { ReceiptRoom } from '../../adapters/sqs/receipt-room.ts'
import { receiptSender } from '../../adapters/sqs/receipt-sender.ts'
import { Semaphore } from '../../adapters/sqs/semaphore.ts'
import { sender } from '../../adapters/sqs/send.ts'
import { drainAll } from '../../adapters/sqs/settlements.ts'
import type { LeasePort } from '../../adapters/sqs/sorting.ts'
import type { Config } from '../../config.ts'
import { AcceptedKeys } from '../../delivery/intake/accepted-keys.ts'
import { intakeCounters } from '../../delivery/intake/intake-queue.ts'
import { noWakeUps } from '../../delivery/intake/wake-ups.ts'
import { ownAcknowledgements } from '../../delivery/peers/acknowledgements.ts'
import type { Log } from '../../delivery/ports.ts'
import type { Mode, ModeNeeds } from '../mode.ts'
import type { SqsParts } from '../sqs-parts.ts'
import { untilBegun } from '../starting.ts'
import { AcknowledgedElsewhere, markOf } from './acknowledged-elsewhere.ts'
import { enqueuer } from './enqueue.ts'
import { queuedNotifications } from './gateway.ts'
import { openIntake } from './intake.ts'
import { ClientPollers } from './pollers.ts'
import { QueueHealth } from './queue-health.ts'
import { queueMaker } from './queue-maker.ts'
import { sealedTickets } from './sealed-tickets.ts'
import { sentReceipts } from './sent-receipts.ts'

/** Receives that do not wait, open at once: pollers that start, and those that try again after a failure. */
const startsAtOnce = 64
/**
 * A queue is not received from while as many of its notifications wait here: what its client has not fetched when the
 * lease ends was received in vain, and is one step nearer to the dead-letter queue. A poll takes up to a hundred.
 */
const maxWaiting = 100
/**
 * The same for large ones, as a part of the client's share of memory: of the usual one as much as fits into an answer.
 * The messages of two more receives still fit, as long as it is not all of the largest size.
 */
const maxShare = 1 / 4

/** The clients that hold a poll, and as many again that are between two polls or have just left. */
export const clientsPerPoll = 2

/** Everything outside of the mode that it is plugged into. */
interface Parts extends Pick<ModeNeeds, 'clock' | 'makeMailboxes' | 'tracing'> {
  readonly config: Pick<
    Config,
    | 'CALLBACK_SECRET'
    | 'MAX_HELD_POLLS'
    | 'NOTIFICATION_SERVICE_CLIENT_ID'
    | 'RECEIPT_QUEUES'
    | 'SQS_INTAKE_QUEUE_URL'
    | 'SQS_MAX_RECEIVE_COUNT'
    | 'SQS_USER_QUEUE_AUTO_CREATE'
    | 'SQS_USER_QUEUE_BASE_URL'
    | 'SQS_VISIBILITY_TIMEOUT_SECONDS'
  >
  readonly log: Log
  readonly sqs: SqsParts
}

/** All of the mode but what is outside of it: with fakes for that, it plays the same every time. */
export function clientQueues({ config, clock, log, makeMailboxes, tracing, sqs: shared }: Parts): Mode {
  const send = receiptSender(shared.needs.clients)
  const receiptRoom = new ReceiptRoom({ log })
  const receipts = sentReceipts({
    ...{ queues: config.RECEIPT_QUEUES, send, room: receiptRoom },
    unknownQueue: unknownQueueWarning(clock, log),
  })
  const sqs = { ...shared, needs: { ...shared.needs, receipts } }
  const instanceId = config.NOTIFICATION_SERVICE_CLIENT_ID ?? randomUUID()
  const baseUrl = config.SQS_USER_QUEUE_BASE_URL ?? ''
  const { folder, prefix } = queueBase(baseUrl)
  const { acting } = sqs.needs.clients

  let draining = false
  const elsewhere = new AcknowledgedElsewhere(() => clock.now())
  const mailboxes = makeMailboxes({
    identity: { id: instanceId },
    markOf,
    onForeignCursor: (clientId, cursor) => elsewhere.note(clientId, cursor),
    sessions: {
      async announce(clientId) {
        await pollers.start(clientId)
        return []
      },
      async forget(clientId) {
        pollers.stop(clientId)
        // Wherever the client is now, it gets them there without waiting for the visibility timeout.
        if (draining) mailboxes.releaseUnseen(clientId)
        else mailboxes.release(clientId)
      },
    },
  })
  const health = new QueueHealth({
    clock,
    log,
    // Shorter than every encoded name, so no client's queue.
    look: () => probeQueue(sqs.needs.clients.bounded, `${folder}${prefix}-h-`),
  })
  const readerNeeds = {
    ...sqs.needs,
    shortPolls: new Semaphore(startsAtOnce),
    quietLog: {
      debug: (fields: object, sentence: string) => log.debug(fields, sentence),
      info: (fields: object, sentence: string) => log.debug(fields, sentence),
      warn: (fields: object, sentence: string) => log.debug(fields, sentence),
      error: (fields: object, sentence: string) => log.error(fields, sentence),
    },
  }
  const portOf = (clientId: string): LeasePort => ({
    offer: (leases) => void mailboxes.offer(elsewhere.withoutThem(leases)),
    full: () =>
      mailboxes.leasedMemory.full ||
      (mailboxes.leasesOf(clientId)?.waiting ?? 0) >= maxWaiting ||
      (mailboxes.leasesOf(clientId)?.share.taken ?? 0) >= maxShare,
    room: () => {
      const { free, share } = mailboxes.leasedMemory
      return Math.min(free, mailboxes.leasesOf(clientId)?.share.room ?? share)
    },
    expect: (bytes) => mailboxes.leasedMemory.expect(bytes),
  })
  const queueUrlOf = (clientId: string) => clientQueueUrl(baseUrl, clientId)
  const makeQueue = queueMaker({ config, sqs: sqs.needs, prefix })
  const pollers = new ClientPollers({
    clock,
    maxClients: clientsPerPoll * config.MAX_HELD_POLLS,
    onHealth: (clientId, before, now) => health.changed(queueUrlOf(clientId), before, now),
    open: (clientId, onHealth) =>
      clientQueueReader(readerNeeds, {
        clientId,
        queueUrl: queueUrlOf(clientId),
        port: portOf(clientId),
        onHealth,
        onMissing: () => makeQueue(clientId),
      }),
  })

  const arrived = intakeCounters()
  const intake = openIntake({
    ...{ queueUrl: config.SQS_INTAKE_QUEUE_URL, sqs: sqs.needs, mailboxes, elsewhere, queueUrlOf, makeQueue, log },
    ...{ counters: arrived, tracing },
  })
  const keys = new AcceptedKeys({ clock })
  const receiving = new AbortController()
  let received = Promise.resolve()

  return {
    mode: 2,
    mailboxes,
    counters: {
      sqs: sqs.counters,
      forwards: { sent: 0, failed: 0 },
      relays: null,
      intake: arrived,
      stored: null,
      wakeUps: null,
    },
    database: null,
    instanceId: () => instanceId,
    acknowledgements: ownAcknowledgements(mailboxes, (clientId, cursor) => elsewhere.note(clientId, cursor)),
    gauges: [
      { name: 'remembered_keys', help: 'Keys of accepted requests (mode 2).', read: () => keys.size },
      receiptRoom.gauge,
      ...sqs.gauges,
    ],
    gateway: queuedNotifications({
      keys,
      enqueue: enqueuer({
        queueUrlOf,
        makeQueue,
        clock,
        send: sender(sqs.needs.clients, clock),
        limitOf: (queueUrl) => messageLimit(acting, queueUrl),
      }),
      secrets: config.CALLBACK_SECRET,
    }),
    tickets: sealedTickets(config.CALLBACK_SECRET),
    wakeUps: noWakeUps,
    relayed: null,
    async findSession(clientId) {
      const online = mailboxes.clients.isHere(clientId)
      const queueUrl = queueUrlOf(clientId)
      return { clientId, online, mode: 2, instanceId: online ? instanceId : null, queueUrl }
    },
    check: async () => ({ queue: await health.finding(), ...intake.findings }),
    async start(stop) {
      const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)
      const { random } = sqs.needs
      // Opening the intake queue only looks at it, so there is nothing to wait for when the start is called off.
      await untilBegun(() => intake.open(), { clock, random, sleep, log, lastTryMs: 0 }, stop)
      received = intake.run(receiving.signal)
    },
    // Its queue alone reaches a client at its next instance, so this one must not receive from it any more.
    drainLingerMs: 0,
    drain() {
      draining = true
      sqs.hasten()
      receiving.abort()
    },
    async leave() {
      pollers.stopAll()
    },
    async received() {
      await Promise.all([pollers.ended(), received])
      await intake.settled()
    },
    settled: (withinMs) => drainAll(sqs.needs.settling, withinMs),
    async takeDown() {},
    close: () => sqs.close(),
  }
}
