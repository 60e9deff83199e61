import type { Test } from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { ClockGap } from '../../../src/adapters/sqs/clock-gap.ts'
import { sqsCounters } from '../../../src/adapters/sqs/counters.ts'
import { DeadLetters } from '../../../src/adapters/sqs/dead-letters.ts'
import { Poller, type PollerNeeds } from '../../../src/adapters/sqs/poller.ts'
import { Settlements } from '../../../src/adapters/sqs/settlements.ts'
import type { LeasePort } from '../../../src/adapters/sqs/sorting.ts'
import type { Lease } from '../../../src/delivery/lease.ts'
import { LogBook } from '../../support/log-book.ts'
import { startSqs } from '../../support/sqs.ts'

interface Options extends Partial<Pick<PollerNeeds, 'addressee' | 'onMissing' | 'shortPolls'>> {
  readonly fifo?: boolean
  readonly dlq?: boolean
  readonly visibilityTimeoutSeconds?: number
  readonly port?: Partial<LeasePort>
}

/** A queue of an SQS of its own, a poller that is not running yet, and the leases it brings. */
export async function world(t: Test, options: Options = {}) {
  const { fifo = false, dlq = false, visibilityTimeoutSeconds = 30, port, ...more } = options
  const sqs = await startSqs(t)
  const { url } = await sqs.createQueue(fifo ? 'queue.fifo' : 'queue', fifo ? { FifoQueue: 'true' } : {})
  const deadLetterUrl = dlq ? (await sqs.createQueue('dlq')).url : null
  const offered: Lease[] = []
  const health: string[] = []
  const counters = sqsCounters()
  const log = new LogBook()
  let skippedMs = 0
  const clock = { ...systemClock, now: () => systemClock.now() + skippedMs }
  const gap = new ClockGap(clock)
  const shared = { queueUrl: url, clock, log, counters, random: () => 0, visibilityTimeoutSeconds }
  const settlements = new Settlements({ ...shared, kind: 'instance-queue', client: sqs.clients.acting })
  const finder = { find: async () => deadLetterUrl, forget() {} }
  const deadLetters = new DeadLetters({ ...shared, client: sqs.clients.acting, settlements, dlq: finder })
  const poller = new Poller({
    ...shared,
    ...more,
    client: sqs.clients.receiving,
    gap,
    settlements,
    deadLetters,
    addresseePointer: '/detail/addressee',
    port: { offer: (leases) => offered.push(...leases), full: () => false, ...port },
    onHealth: (word) => health.push(word),
  })
  const stop = new AbortController()
  const over = new AbortController()
  const watch = new AbortController()
  return {
    sqs,
    url,
    deadLetterUrl,
    offered,
    health,
    counters,
    log,
    settlements,
    stop,
    /** Pretends that the process stood still for so long. */
    skip(ms: number) {
      skippedMs += ms
    },
    /** Runs until `stop`, or until the given signal aborts. */
    start(signal = stop.signal) {
      const watching = gap.run(watch.signal)
      const running = poller.run(AbortSignal.any([signal, over.signal]))
      t.teardown(async () => {
        over.abort()
        // The receive in flight would run out in up to 20 s; here the server cuts it off.
        await sqs.stop()
        await running
        watch.abort()
        await watching
        await settlements.drained(0)
      })
      return running
    },
    /** Resolves when a receive is waiting for messages. */
    listening: () => until(() => health.at(-1) === 'ok' && counters.receiving > 0),
  }
}
