import type { NotificationEvent, NotificationsErrorEvent } from 'notification-service/client'
import t, { type Test } from 'tap'
import {
  answers,
  breaks,
  Notifications,
  noPauses,
  type Parts,
  refuses,
  type Step,
  scriptedServer,
} from './scripted-server.ts'

const getToken = () => 'token'

/** Returns a client of a server with this script, and the log of all its events. */
async function listen(t: Test, script: readonly Step[], parts: Parts = {}) {
  const server = await scriptedServer(t, ...script)
  const { pause } = noPauses()
  const source = new Notifications({ url: server.url, getToken }, { pause, random: () => 1, ...parts })
  t.teardown(() => source.close())
  const log: string[] = []
  source.addEventListener('open', () => log.push('open'))
  source.addEventListener('notification', ({ notification }) => log.push(notification.id))
  source.addEventListener('error', ({ error, retryInMs }) => log.push(`${error.code} ${retryInMs}`))
  source.addEventListener('close', () => log.push('close'))
  return { server, source, log }
}

t.test('the events of a client come in the order in which things happen', async (t) => {
  const { server, source, log } = await listen(t, [
    breaks,
    answers('c1', 'a', 'b'),
    refuses(503, 'ERROR_DRAINING', { 'retry-after': '2' }),
    answers('c2', 'c'),
  ])
  t.same(server.polls, [], 'a client makes no request before its start')
  t.equal(source.start(), source)
  t.equal(source.start(), source, 'a second start has no effect')
  await server.has(() => server.polls.length === 5)
  await source.close()
  t.same(log, ['ERROR_NETWORK 250', 'open', 'a', 'b', 'ERROR_DRAINING 2250', 'open', 'c', 'close'])
  source.start()
  await source.close()
  t.equal(log.length, 8, 'a closed client cannot be started again')
})

t.test('a permanent refusal is reported once, is not retried, and closes the client', async (t) => {
  const { source, log } = await listen(t, [refuses(403, 'ERROR_FORBIDDEN')])
  const errors: NotificationsErrorEvent[] = []
  source.addEventListener('error', (event) => errors.push(event))
  const closed = new Promise((resolve) => source.addEventListener('close', resolve))
  source.start()
  await closed
  t.same(log, ['ERROR_FORBIDDEN null', 'close'])
  t.match(errors[0], { error: { permanent: true, status: 403 }, retryInMs: null })
})

t.test('waitUntil delays the acknowledgement and the next notification', async (t) => {
  const { server, source, log } = await listen(t, [answers('c1', 'a', 'b')])
  const first = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  source.addEventListener('notification', ({ notification, waitUntil }) => {
    if (notification.id !== 'a') return
    waitUntil(first.promise)
    begun.resolve()
  })
  source.start()
  await begun.promise
  await new Promise(setImmediate)
  t.same(log, ['open', 'a'])
  t.equal(server.polls.length, 1)
  first.resolve()
  await server.has(() => server.polls.length === 2)
  t.same(log, ['open', 'a', 'b'])
  t.equal(server.polls[1]?.query.get('cursor'), 'c1')
})

t.test('closing waits for the notification that is being handled, and acknowledges it', async (t) => {
  const { server, source, log } = await listen(t, [answers('c1', 'a', 'b')])
  const handled = Promise.withResolvers<void>()
  const begun = new Promise<NotificationEvent>((resolve) => source.addEventListener('notification', resolve))
  source.addEventListener('notification', ({ waitUntil }) => waitUntil(handled.promise))
  source.start()
  await begun
  const closing = source.close()
  handled.resolve()
  await closing
  t.same(server.acknowledged, [{ ids: ['a'] }])
  t.same(log, ['open', 'a', 'close'])
})

for (const transport of ['long-poll', 'sse'] as const) {
  t.test(
    `a notification that its handler rejects comes again, ever less often, and delays no other: ${transport}`,
    async (t) => {
      const handedOver = (...ids: readonly string[]): Step => answers(`c-${ids.join('')}`, ...ids)
      const server = await scriptedServer(t, handedOver('a', 'b', 'c'), handedOver('b'), handedOver('b', 'd'))
      const { pauses, pause } = noPauses()
      const source = new Notifications({ url: server.url, getToken, transport }, { pause, random: () => 1 })
      t.teardown(() => source.close())
      const seen: string[] = []
      const causes: unknown[] = []
      source.addEventListener('error', ({ error }) => causes.push([error.code, error.cause]))
      source.addEventListener('notification', ({ notification: { id }, waitUntil }) => {
        seen.push(id)
        waitUntil(Promise.resolve())
        if (id === 'b' && seen.filter((other) => other === 'b').length < 3) waitUntil(Promise.reject('full'))
      })
      source.start()
      await server.has(() => server.polls.length === 4)
      t.same(seen, ['a', 'b', 'c', 'b', 'b', 'd'])
      t.same(server.acknowledged[0], { ids: ['a', 'c'] })
      t.same(causes, Array(2).fill(['ERROR_HANDLER', 'full']))
      t.same(pauses, [250, 500])
    },
  )
}
