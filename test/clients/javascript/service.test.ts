import { once } from 'node:events'
import { type Notification, Notifications } from 'notification-service/client'
import t from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { startBalancer } from '../../support/balancer.ts'
import { withInstancesHere } from '../../support/service-here.ts'
import { startWorld } from '../../support/world.ts'

const world = withInstancesHere(await startWorld(t))

await t.test(
  'a client loses nothing and gets no duplicate when its instance stops and another one starts',
  async (t) => {
    const balancer = await startBalancer(t)
    const first = await world.peer(t)
    balancer.lead(first.url)
    const handled: Notification[] = []
    const errors: string[] = []
    const source = new Notifications({
      url: balancer.url,
      getToken: () => world.bearer('alice').authorization.slice('Bearer '.length),
    })
    t.teardown(() => source.close())
    source.addEventListener('error', ({ error }) => errors.push(error.code))
    source.addEventListener('notification', ({ notification, waitUntil }) => {
      waitUntil(new Promise((resolve) => setTimeout(resolve, 20)).then(() => handled.push(notification)))
    })
    source.start()

    const queueUrl = await world.queueOf(first, 'alice')
    const sent: string[] = []
    const send = async (queueUrl: string, count: number) => {
      for (let i = 0; i < count; i++) {
        const body = `notification number ${sent.length}`
        sent.push(body)
        await world.send(queueUrl, 'alice', body)
      }
    }
    await send(queueUrl, 20)
    await until(() => handled.length >= 5)
    const left = first.stop()
    // Sent by a publisher that looked the queue up before the stop.
    await send(queueUrl, 20)
    await left
    balancer.lead(null)

    const second = await world.peer(t)
    balancer.lead(second.url)
    await send(await world.queueOf(second, 'alice'), 20)
    await until(() => handled.length >= sent.length)
    await source.close()
    t.same(handled.map(({ body }) => body).sort(), sent.sort())
    t.equal(new Set(handled.map(({ id }) => id)).size, sent.length)
    t.ok(
      errors.every((code) => code === 'ERROR_DRAINING' || code === 'ERROR_NETWORK'),
      errors.join(' '),
    )
    // A notification that the first instance showed and could not have acknowledged in time comes once more, and the client
    // may have closed by then.
    for (;;) {
      const left = await world.poll(second, 'alice', 'wait=1')
      if (left.status === 204) break
      const copies = left.json<{ notifications: Notification[] }>().notifications.map(({ id }) => id)
      t.strictSame(
        copies.filter((id) => !handled.some((known) => known.id === id)),
        [],
        'nothing new is left',
      )
    }
  },
)

t.test('an instance gives clients what they need', async (t) => {
  const service = await world.service(t)

  t.test('the service serves the client script without a token', async (t) => {
    const response = await fetch(`${service.url}/client.js`)
    t.equal(response.status, 200)
    t.equal(response.headers.get('x-content-type-options'), 'nosniff')
    t.match(await response.text(), 'export function notifications')
  })

  t.test('a poll may have parameters that the service does not know, as the fetch of React Native adds', async (t) => {
    t.equal((await world.poll(service, 'alice', 'ack=next&wait=0&_=1795874489123')).status, 204)
  })

  t.test('a token that is not accepted is replaced, and a bad request is a permanent error', async (t) => {
    const token = world.bearer('alice').authorization.slice('Bearer '.length)
    const source = new Notifications({
      url: service.url,
      getToken: ({ refresh }) => (refresh ? token : 'stale'),
      wait: 1,
    })
    t.teardown(() => source.close())
    const opened = once(source, 'open')
    source.start()
    await opened
    const nowhere = new Notifications({ url: `${service.url}/nowhere`, getToken: () => token })
    const failed = once(nowhere, 'error')
    nowhere.start()
    const [{ error }] = await failed
    t.match(error, { code: 'ERROR_NOT_FOUND', status: 404, permanent: true })
    t.type(error.context, 'string')
  })
})
