import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { type Attacker, assertRecovers, attack, attackWith, startAttacked } from './attacked-instance.ts'

const world = await startClientQueueWorld(t)
const instance = await startAttacked(t, world, { KEEP_ALIVE_SECONDS: '1' })
const before = await instance.footprint()
const { authorization } = world.bearer('slow')
const head = (line: string, headers = '') => `${line} HTTP/1.1\r\nHost: service\r\n${headers}`

/** Beside the limits themselves: Node looks every second, and this machine may be busy. */
const lateMs = 6_000

interface Slow {
  readonly sends: string
  /** Sent again and again, so that the connection is never idle. */
  readonly drip?: string
  readonly withinMs: number
  readonly status: number | null
}

/** None of these closes its side: the instance must. */
const slow: Record<string, Slow> = {
  'a connection without a byte is closed without a response': { sends: '', withinMs: 15_000, status: null },
  'half a request line is answered with 408': { sends: 'GET /hea', withinMs: 15_000, status: 408 },
  'headers that come byte by byte are answered with 408': {
    sends: head('GET /health', 'X-Slow: '),
    drip: 'x',
    withinMs: 15_000,
    status: 408,
  },
  'empty lines instead of a request are answered with 408': {
    sends: '\r\n',
    drip: '\r\n',
    withinMs: 15_000,
    status: 408,
  },
  'a body that does not come is answered with 408': {
    sends: head(
      'POST /tickets',
      `Authorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n`,
    ),
    withinMs: 15_000,
    status: 408,
  },
  'a body that comes byte by byte is answered with 408': {
    sends: head(
      'POST /notifications/ack',
      `Authorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: 50000\r\n\r\n`,
    ),
    drip: ' ',
    withinMs: 15_000,
    status: 408,
  },
  'a refused body that never ends is cut off': {
    sends: head('POST /nothing', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'),
    drip: '1\r\nx\r\n',
    withinMs: 5_000,
    status: 404,
  },
  'an idle connection is closed after its keep-alive time': {
    sends: head('GET /health', '\r\n'),
    withinMs: 2_000,
    status: 200,
  },
  'half a request after a whole one does not keep the connection': {
    sends: `${head('GET /health', '\r\n')}GET /hea`,
    withinMs: 15_000,
    status: 200,
  },
  'a refused request ends a connection that its peer keeps open': {
    sends: 'nonsense\r\n\r\n',
    drip: 'more nonsense\r\n',
    withinMs: 2_000,
    status: 400,
  },
  'a refused upgrade ends a connection that its peer keeps open': {
    sends: head(
      'GET /notifications',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    ),
    withinMs: 2_000,
    status: 401,
  },
}

t.jobs = Object.keys(slow).length + 1
for (const [title, { sends, drip, withinMs, status }] of Object.entries(slow)) {
  t.test(title, { buffered: true }, async (t) => {
    const attacker = await attack(t, instance, sends)
    if (drip !== undefined) {
      const dripping = setInterval(() => attacker.socket.write(drip), 200)
      t.teardown(() => clearInterval(dripping))
    }
    const ms = await attacker.closed
    t.ok(ms < withinMs + lateMs, `it was closed after ${Math.round(ms)} ms`)
    t.equal(firstStatus(attacker), status)
    if (status === 408) t.match(attacker.received(), /"error":"ERROR_REQUEST_TIMEOUT"/)
  })
}

t.test('hundreds of connections that time out leave nothing behind', { buffered: true }, async (t) => {
  const attackers = await attackWith(t, instance, 300, 'GET /health HTTP/1.1\r\nX-Slow: ')
  await Promise.all(attackers.map(({ closed }) => closed))
  const untold = attackers.filter((attacker) => firstStatus(attacker) !== 408)
  t.equal(untold.length, 0, 'each of them was answered with 408')
  // Those above are over by then, too.
  await assertRecovers(t, instance, before)
})

function firstStatus({ received }: Attacker): number | null {
  const status = /^HTTP\/1\.1 (\d+)/.exec(received())?.[1]
  return status === undefined ? null : Number(status)
}
