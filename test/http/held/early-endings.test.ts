import t from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { start } from './stream-world.ts'

const eventStream = { headers: { accept: 'text/event-stream' } }

t.test('a stream whose time is over before its session is recorded begins and ends like any other', async (t) => {
  const { url } = await start(t, () => new Promise(() => {}))
  const response = await fetch(`${url}/notifications?wait=0.05`, eventStream)
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'text/event-stream')
  t.equal(response.headers.get('x-content-type-options'), 'nosniff')
  t.match(await response.text(), /^retry: \d+\nevent: ready\n[\s\S]*event: bye\ndata: \{"reason":"timed-out"\}\n\n$/)
})

t.test('a stream that is drained before its session is recorded is told where it stands', async (t) => {
  const { url, mailboxes } = await start(t, () => new Promise(() => {}))
  const streaming = fetch(`${url}/notifications?wait=60`, eventStream)
  await until(() => mailboxes.heldPolls.count === 1)
  await mailboxes.drain(0)
  const response = await streaming
  t.equal(response.status, 200)
  t.match(await response.text(), /^retry: \d+\nevent: ready\n[\s\S]*event: bye\ndata: \{"reason":"restart"\}\n\n$/)
})

t.test('a stream whose session cannot be recorded is a refusal with its own status, and no stream', async (t) => {
  const { url } = await start(t, async () => {
    throw new Refusal('ERROR_DB_UNEXPECTED_ERROR', { retryAfterSeconds: 3 })
  })
  const response = await fetch(`${url}/notifications?wait=60`, eventStream)
  t.equal(response.status, 503)
  t.match(response.headers.get('content-type'), /^application\/json/)
  t.equal(response.headers.get('retry-after'), '3')
  t.match(await response.json(), { error: 'ERROR_DB_UNEXPECTED_ERROR' })
})
