import { Notifications } from 'notification-service/client'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { openEvents } from '../support/event-stream.ts'
import { inEveryMode } from '../support/modes.ts'
import { openFrames } from '../support/web-socket.ts'

inEveryMode(t, async (t, world) => {
  const service = await world.service(t, { DRAIN_SPREAD_SECONDS: '1' })
  const notifications = `${service.url}/notifications`

  t.test('both forms of stream carry notifications and acknowledgements', async (t) => {
    const headers = world.bearer('alice')
    const events = await openEvents(t, `${notifications}?ack=next`, headers)
    t.match(await events.next(), { event: 'ready' })
    const frames = await openFrames(t, `${notifications}?ack=next`, { headers })
    t.match(await frames.next(), { type: 'registration' })
    const id = await world.publish(service, 'alice', 'to both')
    t.equal((await events.notification()).id, id)
    const { id: other, cursor } = await frames.notification()
    t.equal(other, id)
    frames.send({ type: 'ack', cursor })
    frames.socket.close()
    await frames.closed
    events.hangUp()
    t.equal((await world.poll(service, 'alice', 'wait=0')).status, 204, 'the notification is acknowledged')
  })

  t.test('the client library reads a stream, and acknowledges handled notifications', async (t) => {
    const handled: string[] = []
    const source = new Notifications({
      url: service.url,
      transport: 'sse',
      getToken: () => world.bearer('emil').authorization.slice('Bearer '.length),
    })
    t.teardown(() => source.close())
    source.addEventListener('notification', ({ notification }) => void handled.push(notification.body))
    source.start()
    for (const body of ['one', 'two', 'three']) await world.publish(service, 'emil', body)
    await until(() => handled.length === 3)
    await world.emptied(service, 'emil')
    t.same(handled.sort(), ['one', 'three', 'two'])
    await source.close()
  })

  t.test('a session lingers after a stream', async (t) => {
    const events = await openEvents(t, notifications, world.bearer('bob'))
    await events.next()
    events.hangUp()
    await world.holds(service, 0)
    t.equal((await world.session(service, 'bob')).online, true)
  })

  t.test('a shutdown says bye to every stream, and takes no longer because of streams', async (t) => {
    const clients = Array.from({ length: 20 }, (_, i) => world.bearer(`client-${i}`))
    const all = await Promise.all(
      clients.map(async (headers) => ({
        events: await openEvents(t, notifications, headers),
        frames: await openFrames(t, notifications, { headers }),
      })),
    )
    const deaf = await openFrames(t, notifications, { headers: world.bearer('deaf') })
    await deaf.next()
    deaf.socket.pause()
    await Promise.all(all.flatMap(({ events, frames }) => [events.next(), frames.next()]))
    await world.publish(service, 'client-0', 'just before')
    const [first] = all
    const id = (await first?.events.notification())?.id
    t.equal((await first?.frames.notification())?.id, id)
    const startedAt = performance.now()
    service.signal('SIGTERM')
    for (const { events, frames } of all) {
      t.match(await events.next(), { event: 'bye', data: { reason: 'restart' } })
      t.equal(await events.over, true)
      t.same(await frames.next(), { type: 'bye', reason: 'restart' })
      t.equal(await frames.closed, 1012)
    }
    t.equal(await service.ended, 0)
    t.ok(performance.now() - startedAt < 29_000)
    t.same(service.warnings, [], 'nothing went wrong')
    t.equal(service.output, '')
  })
})
