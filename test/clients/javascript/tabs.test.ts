import type { Notification } from 'notification-service/client'
import t, { type Test } from 'tap'
import {
  answers,
  breaks,
  noPauses,
  notification,
  notifications,
  type Parts,
  refuses,
  scriptedServer,
  tokenOf,
} from './scripted-server.ts'

// Several clients in one thread share locks and channels, just like the tabs of a browser.
const getToken = () => tokenOf('alice')

interface TabOptions {
  readonly getToken?: () => string
  readonly shareTabs?: boolean | string
  readonly transport?: 'long-poll' | 'sse'
  readonly wait?: number
  readonly handle?: (notification: Notification) => unknown
}

/** Opens a tab that handles notifications until it is closed. */
function openTab(t: Test, url: string, { handle, ...options }: TabOptions = {}, parts: Parts = {}) {
  const stop = new AbortController()
  const seen: string[] = []
  let told = () => {}
  const ended = (async () => {
    const { pause } = noPauses()
    const all = { url, getToken, shareTabs: true, signal: stop.signal, ...options }
    for await (const found of notifications(all, { pause, ...parts })) {
      seen.push(found.id)
      told()
      await handle?.(found)
    }
  })()
  ended.catch(() => {})
  const close = () => {
    stop.abort()
    return ended.catch(() => {})
  }
  t.teardown(close)
  return {
    seen,
    ended,
    close,
    async has(id: string): Promise<void> {
      while (!seen.includes(id)) {
        await new Promise<void>((resolve) => {
          told = resolve
        })
      }
    },
  }
}

/** Resolves when so many locks are held and so many are waited for. */
async function locksAre(held: number, pending: number): Promise<void> {
  for (;;) {
    const now = await navigator.locks.query()
    if (now.held?.length === held && now.pending?.length === pending) return
    await new Promise(setImmediate)
  }
}

t.test('tabs share one connection, and the handler of each tab sees every notification once', async (t) => {
  const later = Promise.withResolvers<void>()
  const server = await scriptedServer(t, async (response, asked) => {
    await later.promise
    answers('c1', 'a', 'b')(response, asked)
  })
  const tabs = [openTab(t, server.url), openTab(t, server.url), openTab(t, server.url)]
  await locksAre(1, 2)
  await server.has(() => server.polls.length === 1)
  later.resolve()
  await Promise.all(tabs.map((tab) => tab.has('b')))
  await server.has(() => server.polls.length === 2)
  t.equal(server.polls[1]?.query.get('cursor'), 'c1')
  for (const { seen } of tabs) t.same(seen, ['a', 'b'])
  await Promise.all(tabs.map((tab) => tab.close()))
  t.equal(server.polls.length, 2)
})

t.test(
  'notifications that a tab has not acknowledged before it closes come to the next tab, and no tab sees them twice',
  async (t) => {
    const handling = Promise.withResolvers<void>()
    const done = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    const server = await scriptedServer(
      t,
      async (response, asked) => {
        await second.promise
        answers('c1', 'a', 'b')(response, asked)
      },
      answers('c2', 'b', 'c'),
    )
    const first = openTab(t, server.url, {
      handle: ({ id }) => {
        if (id !== 'b') return
        handling.resolve()
        return done.promise.then(() => Promise.reject(new Error('it crashed')))
      },
    })
    await locksAre(1, 0)
    const other = openTab(t, server.url)
    await locksAre(1, 1)
    second.resolve()
    await handling.promise
    await other.has('b')
    done.resolve()
    await t.rejects(first.ended, { message: 'it crashed' })
    await other.has('c')
    t.same(server.acknowledged, [{ ids: ['a'] }], 'the first tab has not handled b')
    t.same(other.seen, ['a', 'b', 'c'])
    await server.has(() => server.polls.length === 3)
    t.equal(server.polls[2]?.query.get('cursor'), 'c2', 'the other tab has')
    await other.close()
  },
)

t.test('another tab takes over when the handler of the polling tab does not return', async (t) => {
  const stuck = Promise.withResolvers<void>()
  const ready = Promise.withResolvers<void>()
  const server = await scriptedServer(
    t,
    async (response, asked) => {
      await ready.promise
      answers('c1', 'a')(response, asked)
    },
    answers('c2', 'a', 'b'),
  )
  const soon = { handlingMs: 100, graceMs: 50 }
  const first = openTab(t, server.url, { handle: ({ id }) => (id === 'a' ? stuck.promise : undefined) }, soon)
  await locksAre(1, 0)
  const other = openTab(t, server.url, {}, soon)
  await locksAre(1, 1)
  ready.resolve()
  await other.has('b')
  t.same(first.seen, ['a'])
  stuck.resolve()
  await first.has('b')
  t.same(first.seen, ['a', 'b'], 'the tab gets its notifications from the polling tab now')
  await Promise.all([first.close(), other.close()])
  t.same(other.seen, ['a', 'b'])
})

t.test('a polling tab announces its pause, and no tab takes over meanwhile', async (t) => {
  const ready = Promise.withResolvers<void>()
  const server = await scriptedServer(
    t,
    async (response, asked) => {
      await ready.promise
      refuses(503, 'ERROR_DRAINING', { 'retry-after': '60' })(response, asked)
    },
    answers('c', 'a'),
  )
  const paused = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const pause = () => {
    paused.resolve()
    return over.promise
  }
  // The answer is due in one second; without the announcement another tab would take over soon after.
  const options = { wait: 1 }
  const soon = { graceMs: 50, random: () => 0, pause }
  const tabs = [openTab(t, server.url, options, soon), openTab(t, server.url, options, soon)]
  await locksAre(1, 1)
  ready.resolve()
  await paused.promise
  await new Promise((resolve) => setTimeout(resolve, 1300))
  t.equal(server.polls.length, 1)
  over.resolve()
  await Promise.all(tabs.map((tab) => tab.has('a')))
  await Promise.all(tabs.map((tab) => tab.close()))
})

t.test('a tab that is closed while it waits for the lock leaves nothing behind', async (t) => {
  const server = await scriptedServer(t)
  const first = openTab(t, server.url)
  await server.has(() => server.polls.length === 1)
  const other = openTab(t, server.url)
  await locksAre(1, 1)
  await other.close()
  await first.close()
  await locksAre(0, 0)
})

t.test('a permanent refusal is reported in every tab', async (t) => {
  const refused = refuses(403, 'ERROR_FORBIDDEN')
  const server = await scriptedServer(t, refused, refused)
  const tabs = [openTab(t, server.url), openTab(t, server.url)]
  for (const { ended } of tabs) await t.rejects(ended, { code: 'ERROR_FORBIDDEN' })
})

t.test(
  'tabs of another client or service, without a client name, or without shareTabs have connections of their own',
  async (t) => {
    const one = await scriptedServer(t)
    const two = await scriptedServer(t)
    const tabs = [
      openTab(t, one.url),
      openTab(t, one.url, { getToken: () => tokenOf('bob') }),
      openTab(t, one.url, { getToken: () => 'opaque' }),
      openTab(t, one.url, { getToken: () => 'opaque' }),
      openTab(t, one.url, { shareTabs: false }),
      openTab(t, one.url, { shareTabs: 'device-7' }),
      openTab(t, two.url),
    ]
    await one.has(() => one.polls.length === 6)
    await two.has(() => two.polls.length === 1)
    const same = [openTab(t, one.url), openTab(t, one.url, { shareTabs: 'device-7' })]
    await locksAre(4, 2)
    await Promise.all([...tabs, ...same].map((tab) => tab.close()))
    t.equal(one.polls.length, 6)
  },
)

t.test('clients outside of pages share nothing by default', async (t) => {
  const server = await scriptedServer(t)
  const stop = new AbortController()
  const options = { url: server.url, getToken, signal: stop.signal }
  const waits = [notifications(options).next(), notifications(options).next()]
  await server.has(() => server.polls.length === 2)
  stop.abort()
  await Promise.all(waits)
})

t.test(
  'a token for another client ends the tab, so that other tabs do not get the notifications of that client',
  async (t) => {
    const server = await scriptedServer(t, refuses(401, 'ERROR_TOKEN_EXPIRED'))
    const tokens = [tokenOf('alice'), tokenOf('bob')]
    const tab = openTab(t, server.url, { getToken: () => tokens.shift() ?? '' })
    await t.rejects(tab.ended, { code: 'ERROR_CLIENT_CHANGED' })
    t.equal(server.polls.length, 1)
  },
)

t.test('a tab calls getToken again after it failed at first', async (t) => {
  const server = await scriptedServer(t, breaks, answers('c', 'a'))
  let asked = 0
  const tab = openTab(t, server.url, {
    getToken() {
      if (++asked === 1) throw new Error('offline')
      return getToken()
    },
  })
  await tab.has('a')
  await tab.close()
})

t.test('each tab polls on its own where locks may not be used', async (t) => {
  const locks = navigator.locks
  const forbidden = { request: () => Promise.reject(new DOMException('sandboxed', 'SecurityError')) }
  Object.defineProperty(navigator, 'locks', { value: forbidden, configurable: true })
  const restore = () => Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
  t.teardown(restore)
  const server = await scriptedServer(t)
  const tabs = [openTab(t, server.url), openTab(t, server.url)]
  await server.has(() => server.polls.length === 2)
  await Promise.all(tabs.map((tab) => tab.close()))
  restore()
})

t.test('tabs share a stream too', async (t) => {
  const ready = Promise.withResolvers<void>()
  const server = await scriptedServer(t, async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: ready\n\n')
    await ready.promise
    for (const id of ['a', 'b']) response.write(`id: c-${id}\ndata: ${JSON.stringify(notification(id))}\n\n`)
  })
  const tabs = [openTab(t, server.url, { transport: 'sse' }), openTab(t, server.url, { transport: 'sse' })]
  await locksAre(1, 1)
  ready.resolve()
  await Promise.all(tabs.map((tab) => tab.has('b')))
  await Promise.all(tabs.map((tab) => tab.close()))
  for (const { seen } of tabs) t.same(seen, ['a', 'b'])
  t.equal(server.polls.length, 1)
  t.same(server.acknowledged.at(-1), { cursor: 'c-b' })
})

t.test('a tab keeps the last thousand notifications that its handler has not reached', async (t) => {
  const many = Array.from({ length: 1500 }, (_, i) => `n${i}`)
  const ready = Promise.withResolvers<void>()
  const free = Promise.withResolvers<void>()
  const server = await scriptedServer(t, answers('c0', 'first'), async (response, asked) => {
    await ready.promise
    answers('c1', ...many)(response, asked)
  })
  const first = openTab(t, server.url)
  await server.has(() => server.polls.length === 2)
  const slow = openTab(t, server.url, { handle: () => free.promise })
  await locksAre(1, 1)
  ready.resolve()
  await first.has('n1499')
  free.resolve()
  await slow.has('n1499')
  t.same(slow.seen, many.slice(-1000))
  await Promise.all([first.close(), slow.close()])
})

t.test('no lock is left behind, which would keep other tabs waiting', async () => {
  await locksAre(0, 0)
})

/** Replaces `navigator.locks` for a test. */
function replaceLocks(t: Test, locks: unknown): void {
  Object.defineProperty(navigator, 'locks', { configurable: true, value: locks })
  t.teardown(() => void Reflect.deleteProperty(navigator, 'locks'))
}

const strangeLocks: Readonly<Record<string, unknown>> = {
  'are forbidden': { request: () => Promise.reject(new DOMException('Forbidden', 'SecurityError')) },
  'throw at once': {
    request() {
      throw new DOMException('Forbidden', 'SecurityError')
    },
  },
  'do nothing': { request: () => {} },
  'resolve without a lock': { request: async () => {} },
  'have no function': {},
  'are null': null,
}
for (const [about, locks] of Object.entries(strangeLocks)) {
  t.test(`a tab polls alone where locks ${about}`, async (t) => {
    const server = await scriptedServer(t, answers('c1', 'a'), answers('c2', 'b'))
    replaceLocks(t, locks)
    const tab = openTab(t, server.url)
    await tab.has('b')
    t.same(tab.seen, ['a', 'b'])
    t.equal(server.polls[1]?.query.get('cursor'), 'c1')
  })
}

t.test('a tab polls alone where locks are never given, not even when they are taken', async (t) => {
  const server = await scriptedServer(t, answers('c1', 'a'))
  const asked: unknown[] = []
  replaceLocks(t, {
    request(_name: string, options: unknown) {
      asked.push(options)
      return new Promise(() => {})
    },
  })
  const tab = openTab(t, server.url, { wait: 1 }, { graceMs: 10, handlingMs: 10, random: () => 0 })
  await tab.has('a')
  t.match(asked, [{ signal: AbortSignal }, { steal: true }])
})

t.test('a tab shares or polls alone where a browser lacks a part of what sharing takes', async (t) => {
  const missing: Readonly<Record<string, () => void>> = {
    'no AbortSignal.any': () => Object.defineProperty(AbortSignal, 'any', { configurable: true, value: undefined }),
    'no AbortSignal.timeout': () =>
      Object.defineProperty(AbortSignal, 'timeout', { configurable: true, value: undefined }),
    'no BroadcastChannel': () =>
      Object.defineProperty(globalThis, 'BroadcastChannel', { configurable: true, value: undefined }),
    'a BroadcastChannel that is forbidden': () =>
      Object.defineProperty(globalThis, 'BroadcastChannel', {
        configurable: true,
        value: class {
          constructor() {
            throw new DOMException('The operation is insecure.', 'SecurityError')
          }
        },
      }),
    'a BroadcastChannel that sends nothing': () =>
      Object.defineProperty(globalThis, 'BroadcastChannel', {
        configurable: true,
        value: class {
          close() {}
          postMessage() {
            throw new DOMException('Closed', 'InvalidStateError')
          }
        },
      }),
  }
  const kept = [
    [AbortSignal, 'any'],
    [AbortSignal, 'timeout'],
    [globalThis, 'BroadcastChannel'],
  ] as const
  const before = kept.map(([owner, name]) => [owner, name, Object.getOwnPropertyDescriptor(owner, name)] as const)
  const restore = () => {
    for (const [owner, name, property] of before) Object.defineProperty(owner, name, property ?? {})
  }
  t.teardown(restore)
  for (const [about, remove] of Object.entries(missing)) {
    remove()
    const server = await scriptedServer(t, answers('c1', 'a'), answers('c2', 'b'))
    const tab = openTab(t, server.url)
    await tab.has('b')
    t.same(tab.seen, ['a', 'b'], about)
    await tab.close()
    restore()
  }
})
