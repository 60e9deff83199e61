import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { keepSecret } from '../support/leaks.ts'
import { inEveryModeHere } from '../support/modes.ts'
import { openConnection } from '../support/raw-connection.ts'
import type { ServiceHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { openFrames } from '../support/web-socket.ts'

const sentence = 'request ended'
/** A held request is held at least this long, so that its duration can be told from that of a request at once. */
const heldMs = 300

/** Resolves with the line of the request that has this trace id. */
async function lineOf(service: ServiceHere, traceId: string) {
  const find = () => service.all(sentence).filter((line) => line.traceId === traceId)
  await until(() => find().length > 0)
  return find()
}

// The function that starts instances checks that their output has no token, ticket, callback URL or body.
inEveryModeHere(t, async (t, world) => {
  const { callbackPath, call, publish } = tasks(world)
  const service = await world.service(t, { ACCESS_LOG: 'all' })

  t.test('a request has one line, with its route, status, duration, client and trace id, and no URL', async (t) => {
    await world.poll(service, 'alice', 'wait=0&cursor=secret-cursor', { headers: { 'trace-id': 'poll' } })
    t.match(await lineOf(service, 'poll'), [
      {
        level: 30,
        method: 'GET',
        route: '/notifications',
        status: 204,
        end: 'complete',
        ms: Number,
        clientId: 'alice',
        code: null,
      },
    ])
    t.notMatch(JSON.stringify(service.all(sentence)), /secret-cursor|wait=/)
  })

  t.test('a callback id is in no line, whether the callback is taken or not', async (t) => {
    const path = keepSecret(await callbackPath(service, 'alice'))
    await call(service, path, 'done', { 'trace-id': 'callback' })
    t.match(await lineOf(service, 'callback'), [{ route: '/callback/:id', status: 202, clientId: null }])
    await call(service, keepSecret(`/callback/${'5'.repeat(40)}`), 'done', { 'trace-id': 'no-callback' })
    t.match(await lineOf(service, 'no-callback'), [{ route: '/callback/:id', status: 404, code: 'ERROR_NOT_FOUND' }])
    await call(service, keepSecret(`${path}/more`), 'done', { 'trace-id': 'no-route' })
    t.match(await lineOf(service, 'no-route'), [{ method: 'POST', route: null, status: 404, code: 'ERROR_NOT_FOUND' }])
  })

  t.test('a refused request has its code', async (t) => {
    const headers = { authorization: 'Bearer nonsense', 'trace-id': 'bad-token' }
    await world.ask(service, '/notifications', { headers })
    t.match(await lineOf(service, 'bad-token'), [{ status: 401, code: 'ERROR_INVALID_JWT', clientId: null }])
    await world.poll(service, 'alice', 'wait=-1', { headers: { 'trace-id': 'bad-wait' } })
    t.match(await lineOf(service, 'bad-wait'), [{ status: 400, code: 'ERROR_INVALID_ARGUMENT', clientId: 'alice' }])
  })

  t.test('a poll has its line when it ends, with the time that it was held', async (t) => {
    const held = world.next(service, 'held', 'wait=20')
    await until(async () => (await world.health(service)).heldPolls === 1)
    await sleep(heldMs)
    await publish(service, { addressee: 'held' })
    const { headers } = await held
    const [line] = await lineOf(service, headers.get('trace-id') ?? '')
    t.match(line, { status: 200, end: 'complete', clientId: 'held' })
    t.ok(Number(line?.ms) >= heldMs, `${line?.ms} ms`)
  })

  t.test('a client that hangs up while its poll is held has a line without a status', async (t) => {
    const hangUp = new AbortController()
    const init = { signal: hangUp.signal, headers: { 'trace-id': 'hung-up' } }
    const poll = world.poll(service, 'gone', 'wait=20', init).catch(() => {})
    await until(async () => (await world.health(service)).heldPolls === 1)
    hangUp.abort()
    await poll
    t.match(await lineOf(service, 'hung-up'), [{ status: null, end: 'cut', clientId: 'gone' }])
  })

  t.test('a stream has its line at its end', async (t) => {
    const events = await world.events(t, service, 'streamed', '', { 'trace-id': 'stream' })
    await sleep(heldMs)
    t.same(
      service.all(sentence).filter(({ traceId }) => traceId === 'stream'),
      [],
      'none before',
    )
    events.hangUp()
    const [line, ...others] = await lineOf(service, 'stream')
    t.match(line, { route: '/notifications', status: 200, end: 'cut', clientId: 'streamed' })
    t.ok(Number(line?.ms) >= heldMs, `${line?.ms} ms`)
    t.same(others, [])
  })

  t.test('a WebSocket has its line at its end, and its ticket is not in it', async (t) => {
    const ticket = await world.ticket(service, 'framed')
    const url = `${service.url}/notifications?ticket=${ticket}`
    const frames = await openFrames(t, url, { headers: { 'trace-id': 'frames' } })
    await frames.next()
    await sleep(heldMs)
    frames.socket.close()
    await frames.closed
    const [line, ...others] = await lineOf(service, 'frames')
    t.match(line, { method: 'GET', route: '/notifications', status: 101, end: 'complete', clientId: 'framed' })
    t.ok(Number(line?.ms) >= heldMs, `${line?.ms} ms`)
    t.same(others, [])
    const refused = openFrames(t, url, { headers: { 'trace-id': 'used-ticket' } })
    t.match(await refused.catch((error: unknown) => error), { status: 401 })
    t.match(await lineOf(service, 'used-ticket'), [{ status: 401 }])
  })

  t.test('bytes that are no request, and a method that no server knows, have lines', async (t) => {
    const before = service.all(sentence).length
    const noRequest = await openConnection(t, service)
    noRequest.write('nonsense\r\n\r\n')
    await noRequest.closed
    await until(() => service.all(sentence).length > before)
    t.match(service.all(sentence).at(-1), { method: null, route: null, status: 400, code: 'ERROR_INVALID_ARGUMENT' })
  })

  t.test('more requests than other sentences may have lines are all in the log', async (t) => {
    const requests = Array.from({ length: 60 }, () =>
      world.ask(service, '/health/live', { headers: { 'trace-id': 'many' } }),
    )
    await Promise.all(requests)
    const written = () => service.all(sentence).filter(({ traceId }) => traceId === 'many').length
    await until(() => written() >= 60)
    t.equal(written(), 60)
  })
})
