import { Notifications } from 'notification-service/client'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { openEvents } from '../support/event-stream.ts'
import { inEveryMode } from '../support/modes.ts'
import { streamForms } from '../support/stream-forms.ts'
import { openFrames } from '../support/web-socket.ts'
import { type At, idsOf } from '../support/world.ts'

inEveryMode(t, async (t, world) => {
  const { sqs } = world
  const [service, brief] = await Promise.all([
    world.service(t, { DRAIN_SPREAD_SECONDS: '1' }),
    world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '4', SESSION_LINGER_SECONDS: '1', MAX_POLLS_PER_CLIENT: '1' }),
  ])
  const notifications = `${service.url}/notifications`

  for (const [name, form] of Object.entries(streamForms)) {
    const open = (t: Test, at: At, ...more: [clientId: string, query?: string, headers?: Record<string, string>]) =>
      form.open(t, world, at, ...more)
    /** Each form has clients of its own. */
    const client = (what: string) => `${what} of ${name}`

    t.test(`${name} carries one notification after the other, and counts as a poll`, async (t) => {
      const alice = client('alice')
      const { heldPolls } = await world.health(service)
      const stream = await open(t, service, alice)
      t.equal((await world.health(service)).heldPolls, heldPolls + 1)
      const ids = [await world.publish(service, alice, 'one'), await world.publish(service, alice, 'two\nlines')]
      const found = [await stream.notification(), await stream.notification()]
      t.same(found.map(({ id }) => id).sort(), ids.sort())
      t.same(found.map(({ body }) => body).sort(), ['one', 'two\nlines'])
      t.not(found[0]?.cursor, found[1]?.cursor)
    })

    t.test(`${name} with ack=auto acknowledges a notification at the end of its grace`, async (t) => {
      const auto = client('auto')
      const stream = await open(t, service, auto)
      const queueUrl = await world.queueOf(service, auto)
      await world.publish(service, auto, 'in its grace')
      await stream.notification()
      t.ok((await sqs.count(queueUrl)).hidden >= 1, 'handed over is not delivered')
      await world.emptied(service, auto)
    })

    t.test(`a cursor acknowledges its notification and all before it of ${name} with ack=next`, async (t) => {
      const next = client('next')
      const stream = await open(t, service, next, 'ack=next')
      for (const body of ['one', 'two', 'three']) await world.publish(service, next, body)
      const found = [await stream.notification(), await stream.notification(), await stream.notification()]
      const acknowledged = await world.acknowledge(service, next, { cursor: found[1]?.cursor })
      t.same(acknowledged.json(), { acknowledged: 2, unknown: [] })
      stream.hangUp()
      const left = await world.next(service, next, 'ack=next')
      t.same(idsOf(left), [found[2]?.id])
      await world.acknowledge(service, next, { ids: [found[2]?.id] })
    })

    t.test(`a client that reconnects to ${name} with a cursor gets the later notifications`, async (t) => {
      const again = client('again')
      const before = await open(t, service, again, 'ack=next')
      for (const body of ['one', 'two']) await world.publish(service, again, body)
      const [first, second] = [await before.notification(), await before.notification()]
      before.hangUp()
      const after = await open(t, service, again, `ack=next&cursor=${first.cursor}`)
      t.equal((await after.notification()).id, second.id)
      await world.acknowledge(service, again, { cursor: second.cursor })
    })

    t.test(`a notification that ${name} did not acknowledge comes again when its lease expires`, async (t) => {
      const lazy = client('lazy')
      const stream = await open(t, brief, lazy, 'ack=next')
      const id = await world.publish(brief, lazy, 'never acknowledged')
      t.equal((await stream.notification()).id, id)
      const again = await stream.notification()
      t.equal(again.id, id)
      await world.acknowledge(brief, lazy, { cursor: again.cursor })
    })

    t.test(`${name} whose connection is reset loses no notification`, async (t) => {
      const reset = client('reset')
      const stream = await open(t, service, reset)
      const id = await world.publish(service, reset, 'is in its grace')
      await stream.notification()
      stream.reset()
      t.same(idsOf(await world.next(service, reset)), [id])
    })

    t.test(`${name} beyond the polls of its client is refused, and the held one goes on`, async (t) => {
      const many = client('many')
      const held = await open(t, brief, many)
      t.equal(await form.beyondMax(t, world, brief, many), form.beyondMaxIs)
      t.equal((await world.poll(brief, many, 'wait=0')).status, 429)
      const id = await world.publish(brief, many, 'to the held one')
      t.equal((await held.notification()).id, id)
      held.hangUp()
      await until(async () => (await world.poll(brief, many, 'wait=0')).status === 204)
    })

    t.test(`${name} is refused for its token before anything else is looked at`, async (t) => {
      const refusal = (query: string, headers = {}) => form.refusal(t, world, service, query, headers)
      const noToken = { status: 401, authenticate: /^Bearer/ }
      t.match(await refusal(''), noToken)
      t.match(await refusal('wait=-1'), noToken)
      const exp = Math.floor(Date.now() / 1000) - 1
      t.match(await refusal('', world.bearer('late', { exp })), { status: 401, error: 'ERROR_TOKEN_EXPIRED' })
    })

    t.test(`${name} with a wait of less than 0 s is refused`, async (t) => {
      const refused = await form.refusal(t, world, service, 'wait=-1', world.bearer(client('wrong')))
      t.same(refused, { status: 400, error: 'ERROR_INVALID_ARGUMENT', authenticate: null })
    })

    t.test(`${name} ends with its token, and says why`, async (t) => {
      const exp = Math.floor(Date.now() / 1000) + 6
      const stream = await open(t, service, client('brief'), '', world.bearer(client('brief'), { exp }))
      t.equal(await stream.bye(), 'expired')
      t.ok(Date.now() / 1000 < exp + 10, 'long before its wait is over')
    })

    t.test(`${name} ends when its wait is over, and says why`, async (t) => {
      const stream = await open(t, service, client('short'), 'wait=0.3')
      t.equal(await stream.bye(), 'timed-out')
    })

    t.test(`a session lingers after ${name}, and then goes`, async (t) => {
      const gone = client('gone')
      const { heldPolls } = await world.health(service)
      const [lingering, going] = [await open(t, service, gone), await open(t, brief, `${gone}, briefly`)]
      t.equal((await world.session(brief, `${gone}, briefly`)).online, true)
      lingering.hangUp()
      going.hangUp()
      await world.holds(service, heldPolls)
      t.equal((await world.session(service, gone)).online, true)
      await until(async () => !(await world.session(brief, `${gone}, briefly`)).online)
    })
  }

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
