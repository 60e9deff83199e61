import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { startInstanceQueueWorld } from '../support/instance-queue-world.ts'

const kibibyte = 1_024

t.test(
  'a message of the largest size reaches a client that is at another instance than the queue it was sent to',
  async (t) => {
    const world = await startInstanceQueueWorld(t)
    const [a, b] = await Promise.all([world.peer(t), world.peer(t)])
    const queueOfA = await world.queueBefore(a, 'alice')
    const held = world.next(b, 'alice')
    await world.holds(b, 1)
    // Only the addressee: the id, the subject, the time and the hops that are added have no room beside this body.
    const body = 'x'.repeat(kibibyte * kibibyte - 'addressee'.length - 'String'.length - 'alice'.length)
    const id = await world.sqs.send(queueOfA, body, { addressee: 'alice' })
    const { notifications } = await held
    t.match(notifications, [{ id, addressee: 'alice', subject: 'notification' }])
    t.equal(notifications[0]?.body.length, body.length)
    await until(async () => (await world.sqs.count(queueOfA)).all === 0)
    t.equal(await world.metric(a, 'forward_errors_total'), 0)
  },
)

t.test("a publication or callback that is too large for its client's queue is refused with the limit", async (t) => {
  const world = await startClientQueueWorld(t)
  const service = await world.service(t, {
    MAX_BODY_BYTES: String(512 * kibibyte),
    SQS_USER_QUEUE_AUTO_CREATE: 'false',
  })
  const { queueUrl } = await world.session(service, 'alice')
  const name = queueUrl?.slice(queueUrl.lastIndexOf('/') + 1) ?? ''
  const former = await world.sqs.createQueue(name, { MaximumMessageSize: String(256 * kibibyte) })
  const publisher = { ...world.bearer('shop', { scope: 'notifications:publish' }), 'content-type': 'application/json' }
  const post = (path: string, body: unknown) =>
    world.ask(service, path, { method: 'POST', headers: publisher, body: JSON.stringify(body) })
  const publication = (kibibytes: number) => ({
    addressee: 'alice',
    subject: 's',
    body: 'x'.repeat(kibibytes * kibibyte),
  })
  const refused = { error: 'ERROR_CONTENT_TOO_LONG', message: /its limit is 262144 bytes, attributes included/ }

  const single = await post('/notifications', publication(256))
  t.equal(single.status, 413, 'the attributes have no room beside the body')
  t.match(single.json(), refused)

  const batch = await post('/notifications/batch', { notifications: [publication(256), publication(255)] })
  t.match(batch.json(), { results: [{ httpStatus: 413, ...refused }, { httpStatus: 202 }] })

  const headers = { ...world.bearer('alice'), 'content-type': 'application/json' }
  const registered = await world.ask(service, '/registrations', { method: 'POST', headers, body: '{}' })
  const { callbackUrl } = registered.json<{ callbackUrl: string }>()
  const callback = await world.ask(service, new URL(callbackUrl).pathname, {
    method: 'POST',
    body: 'x'.repeat(256 * kibibyte),
  })
  t.equal(callback.status, 413)
  t.match(callback.json(), refused)
  t.equal((await world.sqs.count(former.url)).all, 1, 'only the one that fits is in the queue')
})
