import t from 'tap'
import { BatchSize } from '../../../src/adapters/sqs/batch-size.ts'
import { LeasedMemory } from '../../../src/delivery/leased-memory.ts'

const mebibyte = 1_048_576
const large = Array.from({ length: 10 }, () => ({ Body: 'x'.repeat(mebibyte) }))

function start(maxBytes: number) {
  const memory = new LeasedMemory(maxBytes)
  const port = {
    offer() {},
    full: () => memory.full,
    room: () => memory.free,
    expect: (bytes: number) => memory.expect(bytes),
  }
  return { memory, batchSize: new BatchSize(port) }
}

t.test('receives ask for as many large messages as there is memory for, those that are open counted', async (t) => {
  const { memory, batchSize } = start(64 * mebibyte)
  t.equal(batchSize.begin().maxMessages, 10, 'nothing is known of the queue')
  t.equal(memory.free, 64 * mebibyte)
  batchSize.note(large)
  const receives = Array.from({ length: 4 }, () => batchSize.begin())
  t.strictSame(
    receives.map(({ maxMessages }) => maxMessages),
    [10, 10, 10, 1],
  )
  t.ok(memory.free < 2 * mebibyte)
  t.notOk(batchSize.hasRoom, 'no further receive is opened beside the first')
  for (const { end } of receives) end()
  t.equal(memory.free, 64 * mebibyte)
  t.ok(batchSize.hasRoom)
})

t.test('small messages, and queues that were empty since, are asked for ten at a time', async (t) => {
  const { memory, batchSize } = start(4 * mebibyte)
  batchSize.note(large)
  t.equal(batchSize.begin().maxMessages, 1)
  batchSize.note([{ Body: 'small' }])
  t.equal(batchSize.begin().maxMessages, 10)
  batchSize.note(large)
  batchSize.note([])
  const before = memory.free
  t.equal(batchSize.begin().maxMessages, 10)
  t.equal(memory.free, before, 'nothing is expected')
})
