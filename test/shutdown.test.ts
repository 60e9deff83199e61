import type { FastifyInstance } from 'fastify'
import t from 'tap'
import type { Mode } from '../src/modes/mode.ts'
import { maxShutdownMs, shutDown } from '../src/shutdown.ts'
import { FakeClock } from './support/fake-clock.ts'

const never = new Promise<never>(() => {})
/** The longest that a mode takes to leave: it bounds that by itself. */
const leaveMs = 7_000

/** Shuts an instance down whose every part hangs. Returns how long that took, and the steps that were given up. */
async function shutDownAmongHung(waits: { readonly drainSpreadMs: number; readonly graceMs: number }) {
  const clock = new FakeClock()
  const after = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
  const given: unknown[] = []
  let destroyed = 0
  const mailboxes = {
    clients: { areAnyHere: () => true },
    shortenLinger() {},
    drain: after,
    releaseAll: () => 1,
  }
  const mode = {
    mailboxes,
    drainLingerMs: 2_000,
    drain() {},
    leave: () => after(leaveMs),
    received: () => never,
    settled: after,
    takeDown: () => never,
    close: () => never,
  } as unknown as Mode
  const app = {
    close: () => never,
    connections: {
      destroy() {
        destroyed += 1
      },
    },
  } as unknown as FastifyInstance
  const log = { warn: ({ step }: { readonly step?: unknown }) => void given.push(step) }
  let isOver = false
  const over = shutDown({ mode, app, clock, log, ...waits }).then(() => {
    isOver = true
  })
  while (!isOver) {
    await new Promise(setImmediate)
    clock.step()
  }
  await over
  return { tookMs: clock.now(), given, destroyed, pending: clock.pending }
}

const usual = { drainSpreadMs: 5_000, graceMs: 1_000 }

t.test('a shutdown in which every part hangs gives up each step, and ends within its time', async (t) => {
  const { tookMs, given, destroyed, pending } = await shutDownAmongHung(usual)
  t.ok(tookMs <= maxShutdownMs(usual), `it took ${tookMs} ms`)
  t.equal(maxShutdownMs(usual), 27_000)
  t.same(given, ['receive', 'take down', 'close'])
  t.equal(destroyed, 1, 'the connections of clients are ended')
  t.equal(pending, 0, 'no timer is left')
})

t.test('a long drain and a long grace make a shutdown longer, and nothing else does', async (t) => {
  for (const drainSpreadMs of [0, 1_000, 10_000, 20_000]) {
    for (const graceMs of [0, 1_000, 60_000]) {
      const waits = { drainSpreadMs, graceMs }
      const { tookMs } = await shutDownAmongHung(waits)
      t.ok(tookMs <= maxShutdownMs(waits), `${tookMs} ms with ${JSON.stringify(waits)}`)
    }
  }
  t.equal(maxShutdownMs({ ...usual, drainSpreadMs: 20_000 }), 32_500)
  t.equal(maxShutdownMs({ ...usual, graceMs: 60_000 }), 86_000)
})
