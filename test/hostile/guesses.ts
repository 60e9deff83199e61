import { randomBytes, randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import type { startInstanceQueueWorld } from '../support/instance-queue-world.ts'
import { startAttacked } from './attacked-instance.ts'

const sockets = 100
/** Requests that each socket has in flight. */
const pipelined = 4

/** Sends guesses over one socket for as long as it is open, each as soon as an answer to an earlier one comes. */
function attack(url: string, guess: () => string, statuses: Map<string, number>): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.on('connect', () => socket.write(Array.from({ length: pipelined }, guess).join('')))
  socket.on('data', (bytes) => {
    const answers = bytes.toString('latin1').match(/HTTP\/1\.1 (\d+)/g) ?? []
    for (const answer of answers) statuses.set(answer.slice(9), (statuses.get(answer.slice(9)) ?? 0) + 1)
    if (!socket.destroyed) socket.write(answers.map(guess).join(''))
  })
  return socket
}

/** Each kind of guess, as a request. */
const attacks: Readonly<Record<'callback ids' | 'tickets' | 'readiness checks', () => string>> = {
  'callback ids': () => `POST /callback/${randomUUID()} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`,
  tickets: () =>
    `GET /notifications?wait=0&ticket=${randomBytes(32).toString('base64url')} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`,
  'readiness checks': () => 'GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n',
}

type World = Awaited<ReturnType<typeof startInstanceQueueWorld>>

/** Guesses for a while over a hundred sockets: no newcomer has to wait, and the instance does not doubt itself. */
export async function guess(t: Test, world: World, kind: keyof typeof attacks, attackMs: number): Promise<void> {
  const service = await startAttacked(t, world, await world.freshDatabase())
  // A URL and a client that are known here before the attack.
  await world.poll(service, 'known', 'wait=0')
  const { instanceId } = await world.session(service, 'known')
  const statuses = new Map<string, number>()
  const before = await service.footprint()
  const open = Array.from({ length: sockets }, () => attack(service.url, attacks[kind], statuses))
  t.teardown(() => {
    for (const socket of open) socket.destroy()
  })
  const startedAt = performance.now()
  const waits: number[] = []
  const newcomers: number[] = []
  const readiness: number[] = []
  for (let i = 0; performance.now() - startedAt < attackMs; i++) {
    const askedAt = performance.now()
    newcomers.push((await world.poll(service, `newcomer-${kind}-${i}`, 'wait=0')).status)
    waits.push(performance.now() - askedAt)
    readiness.push((await world.readiness(service)).status)
    await pause(100)
  }
  for (const socket of open) socket.destroy()

  const wrong = newcomers.filter((status) => status !== 204)
  const failed = readiness.filter((status) => status !== 200)
  const maxWait = Math.round(Math.max(...waits))
  const logged = service.lines.reduce((sum, line) => sum + JSON.stringify(line).length, 0)
  t.comment(
    `${kind}: ${JSON.stringify(Object.fromEntries(statuses))}, newcomers ${newcomers.length} of which refused ${wrong.length},` +
      ` max wait ${maxWait} ms, readiness failed ${failed.length}, log ${logged} bytes`,
  )
  t.same(wrong, [], 'newcomers are answered')
  t.same(failed, [], 'readiness stays 200')
  t.ok(maxWait < 3_000, `a newcomer waits ${maxWait} ms at most`)
  // A thousand lines of the access log in each period of 10 s, of some 250 bytes.
  t.ok(logged < 600_000, `the log has ${logged} bytes`)
  t.equal((await world.session(service, 'known')).instanceId, instanceId, 'it was not taken for dead')
  // Its connections to PostgreSQL stay open, so the sockets are not counted.
  const { heap } = await service.footprint()
  t.ok(heap <= before.heap + 30, `the heap has ${heap} MiB, and had ${before.heap}`)
  t.ok(
    [...statuses.keys()].every((status) => Number(status) !== 500),
    'no guess is an error of ours',
  )
}
