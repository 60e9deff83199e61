import type { Logger } from 'pino'
import { pause } from '../adapters/clock.ts'
import { sqsClients } from '../adapters/sqs/client.ts'
import { ClockGap } from '../adapters/sqs/clock-gap.ts'
import { type SqsCounters, sqsCounters } from '../adapters/sqs/counters.ts'
import { serviceDlq } from '../adapters/sqs/dead-letter-queue.ts'
import { ExpiredRoom } from '../adapters/sqs/expired-room.ts'
import type { ReaderNeeds } from '../adapters/sqs/queue-reader.ts'
import type { Config } from '../config.ts'
import type { Gauge } from '../delivery/gauge.ts'
import type { Clock } from '../delivery/ports.ts'
import { watchDlq } from './dead-letter-watch.ts'
import { wantedDlq, warnOfNoDlq } from './wanted-dlq.ts'

/** As long as SQS allows. */
const longPollSeconds = 20
/** The wait of the last receives of an instance that leaves. */
const lastPollSeconds = 1

export interface SqsParts {
  readonly needs: ReaderNeeds
  readonly counters: SqsCounters
  /** The bounds that all queues of the process share. */
  readonly gauges: readonly Gauge[]
  /** Makes receives short from now on, so that the last one is over soon. */
  hasten(): void
  close(): Promise<void>
}

/** The clients, the watch for pauses of the process, and the counters that all queues of a mode share. */
export function openSqs(
  config: Config,
  sockets: { readonly receiveSockets: number; readonly actSockets?: number; readonly maxReceives: number },
  clock: Clock,
  log: Logger,
): SqsParts {
  warnOfNoDlq(config, log)
  const clients = sqsClients({ ...sockets, now: () => clock.now() })
  const counters = sqsCounters()
  for (const client of [clients.receiving, clients.acting, clients.bounded]) counters.calls.watch(client)
  const closing = new AbortController()
  const longPoll = { seconds: longPollSeconds }
  const gap = new ClockGap(
    clock,
    (gapMs, cause) =>
      log.warn(
        { gapMs: Math.round(gapMs) },
        cause === 'busy' ? 'the event loop was busy and answered nobody' : 'this process was paused',
      ),
    () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000
    },
  )
  const sleep = (ms: number, signal: AbortSignal) => pause(clock, ms, signal)
  const dlq = serviceDlq(clients.acting, wantedDlq(config), (queueUrl) =>
    log.warn({ queueUrl }, 'the dead-letter queue was gone and is created again; the messages in it are lost'),
  )
  const watching = [gap.run(closing.signal), watchDlq({ dlq, sleep, clock, log }, closing.signal)]
  const expiredRoom = new ExpiredRoom({ log })
  return {
    counters,
    gauges: [expiredRoom.gauge],
    needs: {
      clients,
      clock,
      gap,
      log,
      counters,
      maxReceives: sockets.maxReceives,
      longPoll,
      settling: new Set(),
      random: Math.random,
      dlq,
      visibilityTimeoutSeconds: config.SQS_VISIBILITY_TIMEOUT_SECONDS,
      giveBackSeconds: config.SQS_GIVE_BACK_SECONDS,
      addresseePointer: config.EVENT_ADDRESSEE_POINTER,
      expiredRoom: config.DEAD_LETTER_EXPIRED ? expiredRoom : undefined,
    },
    hasten() {
      longPoll.seconds = lastPollSeconds
    },
    async close() {
      closing.abort()
      await Promise.all(watching)
      clients.close()
    },
  }
}
