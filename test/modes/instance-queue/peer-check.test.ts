import t from 'tap'
import type { Instance } from '../../../src/adapters/postgres/instances.ts'
import { PeerCheck } from '../../../src/modes/instance-queue/peer-check.ts'

function peer(id: string, heartbeatAt = 0): Instance {
  const times = { startedAt: new Date(0), heartbeatAt: new Date(heartbeatAt), deadAt: null }
  return {
    id,
    address: `http://${id}`,
    queueUrl: `queue of ${id}`,
    ownsQueue: true,
    relayKey: `key of ${id}`,
    ...times,
  }
}

/** Plays the check among these peers, of which some cannot be reached; returns those that are told of. */
async function play(unreachable: readonly string[], before: Instance[], after: Instance[]) {
  const called: string[] = []
  const told: string[] = []
  const looks = [before, after]
  let slept = 0
  const check = new PeerCheck({
    instances: { live: async () => looks.shift() ?? [] },
    async post(address, _, texts) {
      called.push(address)
      if (texts.length > 0 || unreachable.includes(address)) throw new Error('connection refused')
      return []
    },
    relay: { check: async (peers) => void told.push(...peers.map(({ id }) => id)) },
    self: { id: 'self' },
    sleep: async (ms) => {
      slept += ms
    },
  })
  await check.look(new AbortController().signal)
  return { called, told, slept }
}

t.test('every peer is called once at the start, and an instance does not call itself', async (t) => {
  const { called, told, slept } = await play([], [peer('self'), peer('a'), peer('b')], [])
  t.same(called, ['http://a', 'http://b'])
  t.same(told, [])
  t.equal(slept, 0)
})

t.test('a peer that cannot be reached although it lives is told of', async (t) => {
  const before = [peer('a'), peer('b'), peer('c')]
  const after = [peer('a', 5_000), peer('b', 5_000), peer('c', 5_000)]
  t.same((await play(['http://b'], before, after)).told, ['b'])
})

t.test('a peer that has ended a moment ago is not told of', async (t) => {
  const { told } = await play(['http://a', 'http://b'], [peer('a'), peer('b')], [peer('a'), peer('new')])
  t.same(told, [])
})

t.test('a database that does not answer ends the check quietly', async (t) => {
  const failing = { live: () => Promise.reject(new Error('no answer')) }
  const relay = { check: async () => void t.fail('nobody is told of') }
  const post = async () => []
  const signal = new AbortController().signal
  await new PeerCheck({ instances: failing, post, relay, self: { id: 'self' }, sleep: async () => {} }).look(signal)
})

t.test('an instance that has started is called back once by those that it calls', async (t) => {
  const called: string[] = []
  const checks = new Map<string, PeerCheck>()
  const { signal } = new AbortController()
  const live: Instance[] = []
  const settled: Promise<void>[] = []
  const start = (id: string) => {
    live.push(peer(id))
    const check = new PeerCheck({
      instances: { live: async () => [...live] },
      async post(address) {
        called.push(`${id} calls ${address.slice('http://'.length)}`)
        settled.push(checks.get(address.slice('http://'.length))?.look(signal) ?? Promise.resolve())
        return []
      },
      relay: { check: async () => void t.fail('nobody is told of') },
      ...{ self: { id }, sleep: async () => {} },
    })
    checks.set(id, check)
    return check.look(signal)
  }
  for (const id of ['a', 'b', 'c']) {
    await start(id)
    for (let i = 0; i < settled.length; i++) await settled[i]
  }
  t.same(called.sort(), ['a calls b', 'a calls c', 'b calls a', 'b calls c', 'c calls a', 'c calls b'])
})
