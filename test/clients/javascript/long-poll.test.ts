import t from 'tap'
import { answers, noPauses, nothing, notification, notifications, scriptedServer } from './scripted-server.ts'

const getToken = () => 'token'

t.test('a handled notification is acknowledged by the next request, and not before', async (t) => {
  const server = await scriptedServer(t, answers('c1', 'a', 'b'), nothing, answers('c2', 'c'))
  const stop = new AbortController()
  const seen: string[] = []
  for await (const { id, body } of notifications({ url: server.url, getToken, signal: stop.signal })) {
    seen.push(id)
    t.equal(body, notification(id).body)
    t.equal(server.polls.length, id === 'c' ? 3 : 1, 'no request is made while a notification is being handled')
    if (id === 'c') stop.abort()
  }
  t.same(seen, ['a', 'b', 'c'])
  const [first, second, third] = server.polls
  t.match(first, { method: 'GET', path: '/notifications', headers: { authorization: 'Bearer token' } })
  t.equal(first?.query.get('ack'), 'next')
  t.equal(first?.query.get('cursor'), null)
  t.equal(second?.query.get('cursor'), 'c1')
  t.equal(third?.query.get('cursor'), null, 'the cursor is not sent again after an answer')
  t.same(server.acknowledged, [{ cursor: 'c2' }], 'the last cursor has a request of its own, as no poll follows')
})

t.test('a poll waits for the time in the options, less up to a tenth', async (t) => {
  const waits: string[] = []
  for (const random of [0, 0.5, 0.999]) {
    const server = await scriptedServer(t, answers('c', 'a'))
    for await (const _ of notifications({ url: server.url, getToken, wait: 50 }, { random: () => random })) break
    waits.push(server.polls[0]?.query.get('wait') ?? '')
  }
  t.same(waits, ['50', '47.5', '45.005'])
})

t.test('the notification at which the loop ends early is not acknowledged; those before it are', async (t) => {
  for (const leave of ['break', 'throw']) {
    const server = await scriptedServer(t, answers('c1', 'a', 'b', 'c'))
    const loop = async () => {
      for await (const { id } of notifications({ url: server.url, getToken })) {
        if (id !== 'c') continue
        if (leave === 'break') break
        throw new Error('cannot handle it')
      }
    }
    if (leave === 'break') await loop()
    else await t.rejects(loop(), { message: 'cannot handle it' })
    t.same(server.acknowledged, [{ ids: ['a', 'b'] }])
    t.equal(server.polls.length, 1)
  }
})

t.test('a loop that ends at the first notification acknowledges nothing', async (t) => {
  const server = await scriptedServer(t, answers('c1', 'a', 'b'))
  for await (const _ of notifications({ url: server.url, getToken })) break
  t.same(server.acknowledged, [])
})

t.test('an abort while a notification is handled acknowledges that one, and not the rest', async (t) => {
  const server = await scriptedServer(t, answers('c1', 'a', 'b', 'c'))
  const stop = new AbortController()
  const seen: string[] = []
  for await (const { id } of notifications({ url: server.url, getToken, signal: stop.signal })) {
    seen.push(id)
    if (id === 'b') stop.abort()
  }
  t.same(seen, ['a', 'b'])
  t.same(server.acknowledged, [{ ids: ['a', 'b'] }])
})

t.test('an abort while a poll is held ends the loop and the connection', async (t) => {
  const stop = new AbortController()
  const hungUp = Promise.withResolvers<void>()
  const server = await scriptedServer(t, answers('c1', 'a'), (response) => {
    response.once('close', hungUp.resolve)
    stop.abort()
  })
  for await (const _ of notifications({ url: server.url, getToken, signal: stop.signal }));
  await hungUp.promise
  t.same(server.acknowledged, [{ cursor: 'c1' }], 'the poll that carried the cursor got no answer')
})

t.test('a client whose signal has aborted before makes no request', async (t) => {
  const server = await scriptedServer(t)
  const signal = AbortSignal.abort()
  for await (const _ of notifications({ url: server.url, getToken, signal })) t.fail('there is none')
  t.same(server.polls, [])
})

t.test('return() ends the wait for the next notification', async (t) => {
  const server = await scriptedServer(t, answers('c1', 'a'))
  const running = notifications({ url: server.url, getToken })
  t.match(await running.next(), { done: false, value: { id: 'a' } })
  const next = running.next()
  await server.has(() => server.polls.length === 2)
  t.same(await running.return?.(), { done: true, value: undefined })
  t.same(await next, { done: true, value: undefined })
  t.same(server.acknowledged, [{ cursor: 'c1' }])
})

t.test('duplicates are dropped, and acknowledged all the same', async (t) => {
  const server = await scriptedServer(
    t,
    answers('c1', 'a', 'a'),
    answers('foreign', 'a', 'b'),
    answers('c3', 'b'),
    answers('c4', 'c'),
  )
  const stop = new AbortController()
  const seen: string[] = []
  const { pause } = noPauses()
  for await (const { id } of notifications({ url: server.url, getToken, signal: stop.signal }, { pause })) {
    seen.push(id)
    if (id === 'c') stop.abort()
  }
  t.same(seen, ['a', 'b', 'c'])
  t.same(
    server.polls.map(({ query }) => query.get('cursor')),
    [null, 'c1', 'foreign', 'c3'],
  )
})

t.test('the last thousand ids are remembered', async (t) => {
  const many = Array.from({ length: 1000 }, (_, i) => `n${i}`)
  const server = await scriptedServer(
    t,
    answers('c1', ...many),
    answers('c2', 'n0', 'last'),
    answers('c3', 'n0', 'end'),
  )
  const stop = new AbortController()
  const later: string[] = []
  for await (const { id } of notifications({ url: server.url, getToken, signal: stop.signal })) {
    if (server.polls.length > 1) later.push(id)
    if (id === 'end') stop.abort()
  }
  t.same(later, ['last', 'n0', 'end'])
})

t.test(
  'a poll follows a 204 at once; when 204 comes repeatedly without a wait, polls become less frequent',
  async (t) => {
    const server = await scriptedServer(t, nothing, nothing, nothing, nothing, nothing, answers('c', 'a'))
    const { pauses, pause } = noPauses()
    for await (const _ of notifications({ url: server.url, getToken }, { pause, random: () => 1 })) break
    t.same(pauses, [500, 1000, 2000, 4000])
  },
)

t.test('the URL of the service may have a path, and a slash at its end', async (t) => {
  const server = await scriptedServer(t, answers('c', 'a'))
  for await (const _ of notifications({ url: new URL('/behind/a/proxy/', server.url), getToken })) break
  t.equal(server.polls[0]?.path, '/behind/a/proxy/notifications')
})

t.test('options that cannot work throw at once', async (t) => {
  t.throws(() => notifications({ url: 'nowhere', getToken }), TypeError)
  t.throws(() => notifications({ url: 'http://127.0.0.1' } as never), { message: 'getToken must be a function' })
})
