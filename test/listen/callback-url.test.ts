import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { offerCallbackUrl } from '../../src/listen/callback-url.ts'
import { Tokens } from '../../src/listen/tokens.ts'
import { type Clocks, untilOver } from '../../src/listen/validity.ts'

/** Clocks that go on only while somebody pauses, and note how long each pause is. */
class TestClocks implements Clocks {
  readonly pauses: number[] = []
  day = 1_800_000_000_000
  ms = 0
  /** Happens in the nth pause. */
  events: Record<number, () => void> = {}
  timeOfDay = () => this.day
  elapsed = () => this.ms
  async pause(ms: number) {
    this.pauses.push(ms)
    this.day += ms
    this.ms += ms
    this.events[this.pauses.length]?.()
  }
}

const hour = 3_600_000
const day = 24 * hour

t.test('a callback URL is renewed when its time is over', async (t) => {
  const clocks = new TestClocks()
  await untilOver({ validMs: day, askedMs: day }, AbortSignal.any([]), clocks)
  t.equal(clocks.ms, day)
  t.ok(Math.max(...clocks.pauses) <= 60_000, 'no timer is trusted for longer than a minute')
})

t.test('a callback URL is renewed within a minute after the machine has slept past its end', async (t) => {
  const clocks = new TestClocks()
  clocks.events[3] = () => {
    clocks.day += 2 * day
  }
  await untilOver({ validMs: day, askedMs: day }, AbortSignal.any([]), clocks)
  t.equal(clocks.pauses.length, 3)
})

t.test('a callback URL is renewed in time when the clock of the machine is set back', async (t) => {
  const clocks = new TestClocks()
  clocks.events[3] = () => {
    clocks.day -= 400 * day
  }
  await untilOver({ validMs: day, askedMs: day }, AbortSignal.any([]), clocks)
  t.equal(clocks.ms, day)
})

t.test(
  'a callback URL that seems to be over at once is renewed after ten seconds, or after the time asked for',
  async (t) => {
    for (const [validMs, askedMs, afterMs] of [
      [-day, day, 10_000],
      [0, day, 10_000],
      [-hour, 3_000, 3_000],
    ] as const) {
      const clocks = new TestClocks()
      await untilOver({ validMs, askedMs }, AbortSignal.any([]), clocks)
      t.equal(clocks.ms, afterMs)
    }
  },
)

t.test('the wait for the end of a callback URL ends with the command', async (t) => {
  const stop = new AbortController()
  const clocks = new TestClocks()
  clocks.events[2] = () => stop.abort()
  await untilOver({ validMs: day, askedMs: day }, stop.signal, clocks)
  t.equal(clocks.pauses.length, 2)
})

/** Starts a service whose clock is wrong by this much. It notes when it was asked for a registration. */
async function startService(t: Test, { wrongByMs, says }: { wrongByMs: number; says: 'date' | 'no date' }) {
  const asked: number[] = []
  const server = createServer((_, response) => {
    asked.push(performance.now())
    const now = Date.now() + wrongByMs
    response.sendDate = false
    if (says === 'date') response.setHeader('date', new Date(now).toUTCString())
    response.setHeader('content-type', 'application/json').writeHead(201)
    const expiresAt = new Date(now + 1_000).toISOString()
    response.end(JSON.stringify({ id: 'r', callbackUrl: `http://callback.example/${asked.length}`, expiresAt }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

for (const says of ['date', 'no date'] as const) {
  t.test(`a service whose clock is a day behind, and that says ${says}, is not asked without end`, async (t) => {
    const service = await startService(t, { wrongByMs: -day, says })
    const stop = new AbortController()
    let urls = 0
    await offerCallbackUrl({
      url: service.url,
      tokens: new Tokens({ kind: 'fixed', token: 'a-token' }),
      wanted: { subject: undefined, correlationId: undefined, ttlSeconds: 1, keep: true },
      signal: stop.signal,
      say(line) {
        if (line.startsWith('Callback URL') && ++urls === 3) stop.abort()
      },
    })
    const [first = 0, second = 0, third = 0] = service.asked
    t.ok(second - first >= 900, 'the second registration comes after the first is over')
    t.ok(third - second >= 900, 'and the third after the second')
  })
}
