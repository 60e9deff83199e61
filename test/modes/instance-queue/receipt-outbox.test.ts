import t from 'tap'
import { pause } from '../../../src/adapters/clock.ts'
import type { TakenEvent } from '../../../src/adapters/postgres/receipts.ts'
import { receiptCounters } from '../../../src/adapters/sqs/receipt-keeping.ts'
import { ReceiptOutbox } from '../../../src/modes/instance-queue/receipt-outbox.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { LogBook } from '../../support/log-book.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('a receipt queue that does not answer keeps none of the others waiting', async (t) => {
  const clock = new FakeClock()
  const eventFor = (to: string, key: string): TakenEvent => ({
    ...{ key, to, attempts: 1, id: key, addressee: 'alice', state: 'acknowledged', by: 'client', deliveryCount: 1 },
    since: new Date(0),
  })
  // Those of the queue that hangs have waited for longest.
  let due = [
    ...Array.from({ length: 100 }, (_, i) => eventFor('hanging', `hanging ${i}`)),
    ...Array.from({ length: 30 }, (_, i) => eventFor('sound', `sound ${i}`)),
  ]
  const hanging: (() => void)[] = []
  const sent: string[] = []
  const counters = receiptCounters()
  const outbox = new ReceiptOutbox({
    receipts: {
      async take({ names, limit }) {
        const taken = due.filter(({ to }) => names.includes(to)).slice(0, limit)
        due = due.filter((event) => !taken.includes(event))
        return taken
      },
      sent: async ({ key }) => void sent.push(key),
    },
    queues: new Map([
      ['hanging', 'https://hanging'],
      ['sound', 'https://sound'],
    ]),
    send: (queueUrl) =>
      queueUrl === 'https://sound' ? Promise.resolve() : new Promise((resolve) => hanging.push(resolve)),
    counters,
    clock,
    sleep: (ms, signal) => pause(clock, ms, signal),
    log: new LogBook(),
  })
  const stop = new AbortController()
  const running = outbox.run(stop.signal)
  outbox.ask()
  for (let i = 0; i < 20; i++) await settled()
  t.equal(sent.length, 30)
  t.equal(hanging.length, 10, 'the queue that hangs has its own bound')

  for (const answer of hanging.splice(0)) answer()
  for (let i = 0; i < 20; i++) await settled()
  t.equal(sent.length, 40)
  t.equal(hanging.length, 10, 'its next events follow')

  stop.abort()
  let isOver = false
  void running.then(() => {
    isOver = true
  })
  for (let i = 0; i < 20; i++) await settled()
  t.equal(isOver, false, 'events that were taken are sent')
  for (const answer of hanging.splice(0)) answer()
  await running
  t.match(counters, { kept: 50, failed: 0 })
  t.equal(clock.pending, 0)
})
