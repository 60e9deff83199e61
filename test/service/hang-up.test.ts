import { once } from 'node:events'
import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'

inEveryModeHere(t, async (t, world) => {
  // A long grace, so that the tests do not depend on speed.
  const service = await world.service(t, { AUTO_ACK_GRACE_MS: '2000' })
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))

  t.test('a poll ends when its client hangs up', async (t) => {
    const hangUps = {
      aborted: async () => {
        const abort = new AbortController()
        const held = world.poll(service, 'alice', 'wait=60', { signal: abort.signal })
        await world.holds(service, 1)
        abort.abort()
        await t.rejects(held)
      },
      closed: async () => {
        const connection = await world.connect(t, service)
        connection.request('GET', '/notifications?wait=60', world.bearer('alice'))
        await world.holds(service, 1)
        connection.socket.end()
      },
      reset: async () => {
        const connection = await world.connect(t, service)
        connection.request('GET', '/notifications?wait=60', world.bearer('alice'))
        await world.holds(service, 1)
        connection.reset()
      },
    }
    for (const [how, hangUp] of Object.entries(hangUps)) {
      await hangUp()
      await world.holds(service, 0)
      t.pass(`the connection was ${how}`)
    }
  })

  t.test('a notification whose connection is reset within the grace comes again at the next poll', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('GET', '/notifications?wait=20', world.bearer('bob'))
    await world.holds(service, 1)
    const id = await world.publish(service, 'bob', 'lost on the way')
    t.match(JSON.parse((await connection.answer()).body), { notifications: [{ id }] })
    connection.reset()
    const { notifications } = await world.next(service, 'bob', 'wait=20')
    t.match(notifications, [{ id, deliveryCount: 1 }], 'handed over without another receive')
    await world.emptied(service, 'bob')
  })

  t.test('a client that destroys its socket before reading the response gets the notification again', async (t) => {
    const connection = await world.connect(t, service, { reads: false })
    connection.request('GET', '/notifications?wait=20', world.bearer('carol'))
    await world.holds(service, 1)
    const id = await world.publish(service, 'carol', 'never read')
    await world.holds(service, 0)
    connection.socket.destroy()
    t.match((await world.next(service, 'carol')).notifications, [{ id, deliveryCount: 1 }])
    await world.emptied(service, 'carol')
  })

  t.test('a held poll gets a notification at once that another connection lost', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('GET', '/notifications?wait=20', world.bearer('dora'))
    await world.holds(service, 1)
    const id = await world.publish(service, 'dora', 'for the other tab')
    await connection.answer()
    const waiting = world.poll(service, 'dora', 'wait=20')
    await world.holds(service, 1)
    connection.reset()
    t.match((await waiting).notifications, [{ id }])
    await world.emptied(service, 'dora')
  })

  t.test('a clean close after the response is not a failure, and the notification is delivered', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('GET', '/notifications?wait=20', { ...world.bearer('emil'), connection: 'close' })
    await world.holds(service, 1)
    await world.publish(service, 'emil', 'read and done')
    t.equal((await connection.answer()).headers.connection, 'close')
    connection.socket.end()
    await world.emptied(service, 'emil')
    t.equal((await world.poll(service, 'emil', 'wait=0')).status, 204)
  })

  t.test('a client that has half-closed its connection has hung up', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('GET', '/notifications?wait=60', world.bearer('fred'))
    await world.holds(service, 1)
    connection.socket.end()
    await world.holds(service, 0)
    await connection.closed
  })

  t.test('thousands of polls pipelined on one connection are held only up to the limit of their client', async (t) => {
    const connection = await world.connect(t, service)
    const headers = world.bearer('gina')
    for (let i = 0; i < 3_000; i++) connection.request('GET', '/notifications?wait=60', headers)
    await world.holds(service, 10)
    const other = world.poll(service, 'hugo', 'wait=20')
    await world.holds(service, 11)
    const id = await world.publish(service, 'hugo', 'unharmed')
    t.match((await other).notifications, [{ id }], 'another client is served')
    await world.publish(service, 'gina', 'for each of the ten')
    const statuses: number[] = []
    for (let i = 0; i < 11; i++) statuses.push((await connection.answer()).status)
    t.same(statuses, [...Array(10).fill(200), 429], 'responses come in the order of the requests')
    connection.reset()
    await world.holds(service, 0)
    t.same(warnings, [], 'Node does not warn of too many listeners')
  })

  t.test('a notification handed over behind a held poll of the same connection waits for that poll', async (t) => {
    const connection = await world.connect(t, service)
    connection.request('GET', '/notifications?wait=60', world.bearer('ines'))
    connection.request('GET', '/notifications?wait=20', world.bearer('jana'))
    await world.holds(service, 2)
    const id = await world.publish(service, 'jana', 'second in line')
    await world.holds(service, 1)
    connection.reset()
    t.match(
      (await world.next(service, 'jana')).notifications,
      [{ id, deliveryCount: 1 }],
      'the first response was never written out',
    )
  })

  t.test('a request that comes in chunks is served', async (t) => {
    const connection = await world.connect(t, service)
    const { authorization } = world.bearer('kurt')
    const request = `GET /notifications?wait=0 HTTP/1.1\r\nHost: service\r\nAuthorization: ${authorization}\r\n\r\n`
    for (let at = 0; at < request.length; at += 50) {
      connection.write(request.slice(at, at + 50))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const [chunk] = (await once(connection.socket, 'data')) as [Buffer]
    t.match(chunk.toString(), /^HTTP\/1\.1 204 /)
  })
})
