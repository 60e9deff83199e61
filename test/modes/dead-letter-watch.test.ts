import t from 'tap'
import { serviceDlq } from '../../src/adapters/sqs/dead-letter-queue.ts'
import { watchDlq } from '../../src/modes/dead-letter-watch.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { startSqs } from '../support/sqs.ts'

const sqs = await startSqs(t)
const client = sqs.clients.acting

/** Plays the watch for as many looks as there are acts, each of which comes before its look; returns what was logged. */
async function play(dlq: Parameters<typeof watchDlq>[0]['dlq'], acts: readonly (() => unknown)[]) {
  const lines: string[] = []
  const write = (_fields: object, sentence: string) => void lines.push(sentence)
  const stop = new AbortController()
  const left = [...acts]
  const sleep = async () => {
    const act = left.shift()
    if (act === undefined) stop.abort()
    else await act()
  }
  await watchDlq({ dlq, sleep, clock: new FakeClock(), log: { info: write, warn: write } }, stop.signal)
  return lines
}

t.test("the service's own dead-letter queue is created again within a minute of its end", async (t) => {
  const dlq = serviceDlq(client, { kind: 'own', name: 'watched-dlq' })
  const { url = '' } = (await dlq.find()) ?? {}
  const lines = await play(dlq, [() => sqs.deleteQueue(url)])
  t.ok((await sqs.queues()).includes(url))
  t.same(lines, [])
})

t.test('a queue that was never looked for is not looked for here', async (t) => {
  await play(serviceDlq(client, { kind: 'own', name: 'unknown-dlq' }), [() => {}])
  t.notOk((await sqs.queues()).some((url) => url.endsWith('/unknown-dlq')))
})

t.test('a queue of the settings that is gone is told of, and so is its return', async (t) => {
  const { url, arn } = await sqs.createQueue('given-watched')
  const dlq = serviceDlq(client, { kind: 'given', arn })
  await dlq.find()
  const lines = await play(dlq, [() => sqs.deleteQueue(url), () => {}, () => sqs.createQueue('given-watched')])
  t.match(lines, [/^the dead-letter queue is gone/, /there again$/])
  t.equal(lines.length, 2)
})

t.test('an outage of SQS is not told as a queue that is gone', async (t) => {
  const { arn } = await sqs.createQueue('given-in-an-outage')
  const dlq = serviceDlq(client, { kind: 'given', arn })
  await dlq.find()
  t.teardown(() => sqs.refuse(null))
  t.same(await play(dlq, [() => sqs.refuse('ServiceUnavailable'), () => sqs.refuse(null)]), [])
})
