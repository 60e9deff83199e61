import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { checkContract } from '../support/contract.ts'
import { inEveryModeHere } from '../support/modes.ts'
import { type NotUpgraded, openFrames } from '../support/web-socket.ts'
import { idsOf } from '../support/world.ts'

const page = 'https://app.example'

inEveryModeHere(t, async (t, world) => {
  const [service, closed] = await Promise.all([world.service(t, { CORS_ORIGINS: page }), world.service(t)])

  /** Returns the refusal before the upgrade, checked against the contract. */
  async function refusal(...[url, options]: [string, object?]): Promise<NotUpgraded> {
    try {
      await openFrames(t, url, options)
    } catch (error) {
      const refused = error as NotUpgraded
      const { status, headers, body } = refused
      checkContract({ method: 'GET', path: '/notifications', status, headers, bodyText: body })
      return refused
    }
    throw new Error('it was upgraded')
  }

  t.test('a WebSocket begins with the registration, under the trace id of its request', async (t) => {
    const headers = { ...world.bearer('alice'), 'trace-id': 'trace-1' }
    const frames = await openFrames(t, `${service.url}/notifications`, { headers })
    t.equal(frames.socket.protocol, 'notifications.v1')
    t.equal(frames.headers['trace-id'], 'trace-1')
    t.same(await frames.next(), { type: 'registration', clientId: 'alice' })
  })

  t.test('frames of the client acknowledge up to an event; anything else is ignored', async (t) => {
    const frames = await world.frames(t, service, 'acks', 'ack=next')
    for (const body of ['one', 'two', 'three']) await world.publish(service, 'acks', body)
    const found = [await frames.notification(), await frames.notification(), await frames.notification()]
    const nonsense = [
      '',
      'hello',
      '{',
      'null',
      '[]',
      '7',
      { type: 'ack' },
      { type: 'ack', cursor: 7 },
      { type: 'pong' },
    ]
    for (const frame of [...nonsense, { type: 'ack', cursor: 'no cursor' }, { cursor: found[2]?.cursor }])
      frames.send(frame)
    frames.socket.send(Buffer.from(JSON.stringify({ type: 'ack', cursor: found[2]?.cursor })))
    frames.send({ type: 'ack', cursor: found[1]?.cursor })
    frames.socket.close()
    t.equal(await frames.closed, 1005)
    const left = await world.next(service, 'acks', 'ack=next')
    t.same(idsOf(left), [found[2]?.id])
    await world.acknowledge(service, 'acks', { cursor: left.cursor })
  })

  t.test('the last of many acknowledgements at once counts', async (t) => {
    const frames = await world.frames(t, service, 'burst', 'ack=next')
    const cursors: string[] = []
    for (let i = 0; i < 10; i++) {
      await world.publish(service, 'burst', `no ${i}`)
      cursors.push((await frames.notification()).cursor)
    }
    // In one packet, as from a client that was busy for a while.
    const { _socket: socket } = frames.socket as unknown as { _socket: { cork(): void; uncork(): void } }
    socket.cork()
    for (const cursor of cursors) frames.send({ type: 'ack', cursor })
    socket.uncork()
    frames.socket.close()
    await frames.closed
    t.equal((await world.poll(service, 'burst', 'wait=0&ack=next')).status, 204)
  })

  t.test('a notification written to a WebSocket just before its orderly close does not come again', async (t) => {
    const frames = await world.frames(t, service, 'closes')
    await world.publish(service, 'closes', 'once')
    await frames.notification()
    frames.socket.close()
    await frames.closed
    t.equal((await world.poll(service, 'closes', 'wait=3')).status, 204)
  })

  t.test('an invalid handshake is refused before the upgrade', async (t) => {
    const url = `${service.url}/notifications`
    const headers = world.bearer('alice')
    t.equal((await refusal(`${url}?wait=-1`, { headers })).status, 400)
    t.equal((await refusal(url, { headers: { ...headers, prefer: 'wait=soon' } })).status, 400)
    t.equal((await refusal(url, { headers, protocols: ['chat'] })).status, 400, 'another sub-protocol')
    t.equal((await refusal(url, { headers, protocols: [] })).status, 400, 'no sub-protocol')
    const old = await refusal(url, { headers, protocolVersion: 8 })
    t.equal(old.status, 400)
    t.equal(old.headers['sec-websocket-version'], '13')
    const several = await openFrames(t, url, { headers, protocols: ['chat', 'notifications.v1'] })
    t.equal(several.socket.protocol, 'notifications.v1')

    const connection = await world.connect(t, service)
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    connection.request('GET', '/notifications', {
      ...headers,
      ...upgrade,
      'sec-websocket-protocol': 'notifications.v1',
    })
    t.equal((await connection.answer()).status, 400, 'no key')
    await connection.closed
  })

  t.test('pages of allowed origins and of this host may connect, and no others', async (t) => {
    const headers = world.bearer('pages')
    const url = (at: { url: string }) => `${at.url}/notifications`
    for (const origin of [page, service.url]) {
      const frames = await openFrames(t, url(service), { headers, origin })
      t.equal((await frames.next()).type, 'registration', origin)
    }
    for (const origin of [
      'https://evil.example',
      'null',
      `${page}.evil.example`,
      `${page}:8443`,
      'http://app.example',
    ]) {
      const refused = await refusal(url(service), { headers, origin })
      t.match(refused.body, /ERROR_FORBIDDEN/, origin)
      t.equal(refused.status, 403)
      t.notOk(refused.headers['www-authenticate'])
    }
    t.equal((await refusal(url(closed), { headers, origin: page })).status, 403, 'an instance without allowed origins')
    t.ok(await openFrames(t, url(closed), { headers, origin: closed.url }))
  })

  t.test('pages of PUBLIC_URL may connect, whatever a proxy makes of Host', async (t) => {
    const behind = await world.service(t, { PUBLIC_URL: 'https://App.example:443/notify/' })
    const url = `${behind.url}/notifications`
    for (const host of ['10.0.0.7:8080', 'app.example', 'app.example:443', 'APP.EXAMPLE', new URL(behind.url).host]) {
      const headers = { ...world.bearer('behind'), host }
      const frames = await openFrames(t, url, { headers, origin: 'https://app.example' })
      t.equal((await frames.next()).type, 'registration', host)
      const refused = await refusal(url, { headers, origin: `https://${host}`.toLowerCase().replace('app', 'other') })
      t.equal(refused.status, 403, `${host}: a page of another origin`)
    }
  })

  t.test('only requests for a WebSocket are upgraded, and only at /notifications', async (t) => {
    const connection = await world.connect(t, service)
    const upgrade = {
      connection: 'Upgrade',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    }
    connection.request('GET', '/health', { ...upgrade, upgrade: 'websocket' })
    t.equal((await connection.answer()).status, 200)
    connection.request('GET', '/notifications?wait=0', { ...world.bearer('h2c'), ...upgrade, upgrade: 'h2c' })
    t.equal((await connection.answer()).status, 204, 'like the upgrade of curl --http2')
    connection.request('POST', '/notifications', { ...upgrade, upgrade: 'websocket' })
    t.equal((await connection.answer()).status, 401)
    connection.request('GET', '/health')
    t.equal((await connection.answer()).status, 200, 'the connection stays open')
  })

  t.test('an upgrade behind a poll on the same connection is answered like a poll', async (t) => {
    const connection = await world.connect(t, service)
    const handshake = {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      ...{ 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': 'notifications.v1' },
    }
    connection.request('GET', '/notifications?wait=0.3', world.bearer('pipelined'))
    connection.request('GET', '/notifications?wait=0.5', { ...world.bearer('pipelined'), ...handshake })
    t.equal((await connection.answer()).status, 204)
    t.equal((await connection.answer()).status, 204)
  })

  t.test('a too large frame ends the connection', async (t) => {
    const frames = await world.frames(t, service, 'large')
    frames.send('x'.repeat(5_000))
    t.equal(await frames.closed, 1009)
    await until(async () => (await world.poll(service, 'large', 'wait=0')).status === 204)
  })

  t.test('pings of the client are answered', async (t) => {
    const frames = await world.frames(t, service, 'pings')
    const answered = new Promise<string>((resolve) => frames.socket.once('pong', (data) => resolve(String(data))))
    frames.socket.ping('are you there')
    t.equal(await answered, 'are you there')
  })
})
