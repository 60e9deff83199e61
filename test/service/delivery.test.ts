import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'
import { idsOf } from '../support/world.ts'

inEveryModeHere(t, async (t, world) => {
  const [service, brief] = await Promise.all([
    world.service(t),
    world.service(t, { SQS_VISIBILITY_TIMEOUT_SECONDS: '2', DEFAULT_WAIT_SECONDS: '1', AUTO_ACK_GRACE_MS: '200' }),
  ])

  t.test('a held poll is answered by an SQS message', async (t) => {
    const held = world.poll(service, 'alice')
    const id = await world.publish(service, 'alice', '{"order":42}', { 'content-type': 'application/json' })
    const response = await held
    t.equal(response.status, 200)
    t.equal(response.headers.get('preference-applied'), 'wait=20')
    t.equal(response.headers.get('cache-control'), 'no-store')
    const { notifications, more } = response
    t.match(notifications, [{ id, addressee: 'alice', subject: 'greeting', body: '{"order":42}', deliveryCount: 1 }])
    t.equal(notifications[0]?.contentType, 'application/json')
    t.equal(notifications[0]?.correlationId, null)
    t.equal(more, false)
  })

  t.test('a message is deleted at the end of its grace, and not before', async (t) => {
    const before = await world.metric(service, 'sqs_deleted_total')
    const held = world.poll(service, 'bob')
    const queueUrl = await world.queueOf(service, 'bob')
    await world.publish(service, 'bob', 'kept for the grace')
    t.equal((await held).status, 200)
    t.equal((await world.sqs.count(queueUrl)).hidden >= 1, true, 'handed over is not delivered')
    await world.emptied(service, 'bob')
    t.ok((await world.metric(service, 'sqs_deleted_total')) > before)
  })

  t.test('a message that is sent before the first poll is handed over at that poll', async (t) => {
    const queueUrl = await world.queueBefore(service, 'carol')
    await world.send(queueUrl, 'carol', 'sent before the first poll')
    t.match((await world.next(service, 'carol')).notifications, [
      { body: 'sent before the first poll', deliveryCount: 1 },
    ])
  })

  t.test('a message that comes between two polls is handed over without a further receive', async (t) => {
    await world.poll(service, 'dora', 'wait=0')
    await world.deposit(service, 'dora', 'sent into the gap')
    const answer = await world.poll(service, 'dora', 'wait=0')
    t.match(answer.notifications, [{ body: 'sent into the gap', deliveryCount: 1 }])
  })

  t.test('a response holds as many notifications as the limit allows, and says that there are more', async (t) => {
    await world.poll(service, 'emil', 'wait=0')
    const ids = new Set<string>()
    for (let i = 0; i < 5; i++) ids.add(await world.deposit(service, 'emil', `message ${i}`))
    const [first, second, third] = [
      await world.next(service, 'emil', 'limit=2'),
      await world.next(service, 'emil', 'limit=2'),
      await world.next(service, 'emil', 'limit=2'),
    ]
    t.same(
      [first, second, third].map(({ notifications, more }) => [notifications.length, more]),
      [
        [2, true],
        [2, true],
        [1, false],
      ],
    )
    t.same(new Set([first, second, third].flatMap(idsOf)), ids, 'each notification once')
  })

  t.test('every poll of a client gets a notification, and no poll of another client does', async (t) => {
    const hangUp = new AbortController()
    const other = world.poll(service, 'gina', 'wait=60', { signal: hangUp.signal })
    const tabs = [1, 2, 3].map(() => world.poll(service, 'fred'))
    await world.holds(service, 4)
    const id = await world.publish(service, 'fred', 'for every tab')
    const answers = await Promise.all(tabs)
    t.same(answers.map(idsOf), [[id], [id], [id]])
    await world.holds(service, 1)
    hangUp.abort()
    await t.rejects(other)
    const empty = await world.poll(service, 'gina', 'wait=1')
    t.equal(empty.status, 204)
    t.equal(empty.text, '')
    t.equal(empty.headers.get('content-length'), null, '204 has no body and no length')
    t.equal(empty.headers.get('preference-applied'), 'wait=1')
  })

  t.test('a body arrives unchanged', async (t) => {
    await world.poll(service, 'hugo', 'wait=0')
    const queueUrl = await world.queueOf(service, 'hugo')
    const bodies = [
      'ünïcödé 中文 – „quotes"',
      '{"a":"\\"b\\"\\n"}',
      '  blanks \t\r\n around  ',
      "<x a='1'>&amp;</x>",
      'null',
    ]
    for (const body of bodies) {
      await world.send(queueUrl, 'hugo', body)
      t.equal((await world.next(service, 'hugo')).notifications[0]?.body, body)
    }
    await world.send(queueUrl, 'hugo', '/wECAwQFBgcICQ==', { encoding: 'base64' })
    t.match((await world.next(service, 'hugo')).notifications, [{ body: '/wECAwQFBgcICQ==', encoding: 'base64' }])
    await world.send(queueUrl, 'hugo', 'YSBiZWxsOiAH', { encoding: 'base64' })
    const [text] = (await world.next(service, 'hugo')).notifications
    t.equal(text?.body, 'a bell: \u0007', 'bytes that are UTF-8 are text')
    t.notOk('encoding' in (text ?? {}))
    await world.send(queueUrl, 'hugo', 'empty', { encoding: 'empty' })
    const [empty] = (await world.next(service, 'hugo')).notifications
    t.equal(empty?.body, '')
    t.notOk('encoding' in (empty ?? {}))
    const long = 'x'.repeat(200_000)
    await world.send(queueUrl, 'hugo', long)
    t.ok((await world.next(service, 'hugo')).notifications[0]?.body === long, 'a long body')
  })

  t.test('the attributes of a message arrive with its notification', async (t) => {
    await world.poll(service, 'ines', 'wait=0')
    const queueUrl = await world.queueOf(service, 'ines')
    await world.send(queueUrl, 'ines', 'with all attributes', {
      id: 'order-17',
      subject: 'order.shipped',
      'content-type': 'text/plain; charset=utf-8',
      'correlation-id': 'job-17',
      'sent-at': '2026-11-21T21:15:03.12+01:00',
    })
    t.match((await world.next(service, 'ines')).notifications, [
      {
        id: 'order-17',
        subject: 'order.shipped',
        contentType: 'text/plain; charset=utf-8',
        correlationId: 'job-17',
        sentAt: '2026-11-21T20:15:03.120Z',
      },
    ])
    const sentAt = Date.now()
    await world.send(queueUrl, 'ines', 'without any of them')
    const [plain] = (await world.next(service, 'ines')).notifications
    t.ok(Math.abs(Date.parse(plain?.sentAt ?? '') - sentAt) < 5_000, 'the time at which SQS got the message')
  })

  t.test('an unacknowledged message comes again when its lease has expired', async (t) => {
    const held = world.poll(brief, 'jana', 'wait=10&ack=next')
    await world.publish(brief, 'jana', 'never acknowledged')
    t.match((await held).notifications, [{ deliveryCount: 1 }])
    let deliveryCount = 1
    while (deliveryCount === 1) {
      const { notifications, cursor } = await world.next(brief, 'jana', 'wait=10&ack=next')
      deliveryCount = notifications[0]?.deliveryCount ?? 0
      if (deliveryCount > 1) t.equal((await world.acknowledge(brief, 'jana', { cursor })).status, 200)
    }
    t.equal(deliveryCount, 2)
    await world.emptied(brief, 'jana')
  })

  t.test('a poll is held for the time that its client asks for', async (t) => {
    const timed = async (client: string, query: string, init: RequestInit = {}) => {
      const startedAt = performance.now()
      const { status, headers } = await world.poll(brief, client, query, init)
      const seconds = (performance.now() - startedAt) / 1000
      t.equal(status, 204)
      return { applied: headers.get('preference-applied'), seconds }
    }
    const [none, usual, preferred, both, fraction, quoted] = await Promise.all([
      timed('w1', 'wait=0'),
      timed('w2', ''),
      timed('w3', '', { headers: { prefer: 'respond-async, wait=2' } }),
      timed('w4', 'wait=0', { headers: { prefer: 'wait=9' } }),
      timed('w5', 'wait=0.5'),
      timed('w6', '', { headers: { prefer: 'handling=strict; x="wait=1", wait="0"' } }),
    ])
    t.equal(none.applied, 'wait=0')
    t.equal(usual.applied, 'wait=1')
    t.ok(usual.seconds > 0.89, 'at most 10 % early')
    t.equal(preferred.applied, 'wait=2')
    t.ok(preferred.seconds > 1.99, 'a time that the client asked for is not shortened')
    t.equal(both.applied, 'wait=0', 'the query takes precedence')
    t.equal(fraction.applied, 'wait=1', 'whole seconds')
    t.equal(quoted.applied, 'wait=0')
  })

  t.test('a wait is limited to the maximum, and a poll never outlives its token', async (t) => {
    const [clamped, expiring] = await Promise.all([
      (async () => {
        const held = world.poll(service, 'kurt', 'wait=100000')
        await world.publish(service, 'kurt', 'to see the headers')
        return held
      })(),
      (async () => {
        // `exp` has whole seconds, so the token expires between two and three seconds from now.
        const exp = Math.floor(Date.now() / 1000) + 3
        return world.poll(service, 'lena', 'wait=60', { headers: world.bearer('lena', { exp }) })
      })(),
    ])
    t.equal(clamped.headers.get('preference-applied'), 'wait=600')
    t.equal(expiring.status, 204)
    t.match(expiring.headers.get('preference-applied'), /^wait=[0-3]$/)
  })

  t.test('an invalid query is refused with the reason', async (t) => {
    const refused = ['wait=-1', 'wait=nan', 'wait=', 'wait=1&wait=2', 'limit=0', 'limit=101', 'limit=1.5', 'ack=foo']
    for (const query of refused) {
      const response = await world.poll(service, 'mona', query)
      t.equal(response.status, 400, query)
      t.match(response.json(), { error: 'ERROR_INVALID_ARGUMENT', message: query.split('=')[0] }, query)
    }
    for (const prefer of ['wait=-1', 'wait=soon', 'wait=', 'wait', 'respond-async, wait; x=1']) {
      t.equal((await world.poll(service, 'mona', '', { headers: { prefer } })).status, 400, prefer)
    }
    t.equal((await world.poll(service, 'mona', 'wait=0&unknown=1')).status, 204, 'an unknown parameter is ignored')
  })

  t.test('a tiny wait is applied in the form of the contract', async (t) => {
    t.equal((await world.poll(service, 'mona', 'wait=0.0000001')).status, 204)
  })

  t.test('the trace id of a request comes back with its response', async (t) => {
    const traceIdOf = async (headers: Record<string, string>) =>
      (await world.poll(service, 'nina', 'wait=0', { headers })).headers.get('trace-id')
    t.equal(await traceIdOf({ 'trace-id': 'my-trace.1' }), 'my-trace.1')
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    t.equal(await traceIdOf({ traceparent }), '4bf92f3577b34da6a3ce929d0e0e4736')
    t.equal(await traceIdOf({ traceparent, 'trace-id': 'first' }), 'first')
    t.match(await traceIdOf({}), /^\S{16,}$/)
    t.not(await traceIdOf({}), await traceIdOf({}))
    const spoofed = await traceIdOf({ 'trace-id': 'x'.repeat(2000) })
    t.ok((spoofed ?? '').length < 129, 'an invalid trace id is replaced')
    const refused = await world.poll(service, 'nina', 'wait=-1', { headers: { 'trace-id': 'wrong' } })
    t.match(refused.json(), { context: 'wrong' })
    t.equal(refused.headers.get('trace-id'), 'wrong')
  })
})
