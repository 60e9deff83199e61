import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import type { World } from '../support/service-world.ts'

type Owner = Pick<Test, 'teardown'>

/** The resources of an instance after its garbage was collected. Memory in MiB. */
export interface Footprint {
  readonly heap: number
  readonly rss: number
  /** TCP connections, those to SQS and PostgreSQL included. */
  readonly sockets: number
}

/** An instance that is attacked, and looked at from the inside. */
export interface AttackedInstance extends ServiceProcess {
  footprint(): Promise<Footprint>
}

/** A look from the inside collects all garbage. */
const rarely = { everyMs: 2_000 }

const preload = new URL('./report-memory.ts', import.meta.url)

export async function startAttacked(
  t: Owner,
  world: World,
  settings: Readonly<Record<string, string>> = {},
): Promise<AttackedInstance> {
  const service = await world.service(t, {
    ...settings,
    NODE_OPTIONS: `--expose-gc --import=${preload}`,
  })
  // A client has been here before, so that what is loaded at its first request is in the base line.
  await world.poll(service, 'a client before', 'wait=0')
  return Object.create(service, {
    footprint: {
      async value() {
        const before = service.all('memory').length
        service.signal('SIGUSR2')
        await until(() => service.all('memory').length > before)
        return service.all('memory').at(-1) as unknown as Footprint
      },
    },
  })
}

/**
 * Waits until the instance is back to where it was before an attack: its connections gone, its memory free again. `spare`
 * MiB are for the memory that the code of the instance takes on its way, not for what an attacker leaves.
 */
export async function assertRecovers(
  t: Test,
  instance: AttackedInstance,
  before: Footprint,
  { spare = 30 }: { readonly spare?: number } = {},
): Promise<void> {
  let heap = Number.NaN
  let sockets = Number.NaN
  // One look must find both: a later look may meet connections to SQS that a new call has just opened.
  await until(async () => {
    ;({ heap, sockets } = await instance.footprint())
    return heap <= before.heap + spare && sockets <= before.sockets + 2
  }, rarely)
  t.ok(heap <= before.heap + spare, `the heap has ${heap} MiB, and had ${before.heap}`)
  t.ok(sockets <= before.sockets + 2, `there are ${sockets} sockets, and were ${before.sockets}`)
}

/** A connection of an attacker: it never closes its side by itself. */
export interface Attacker {
  readonly socket: Socket
  /** Everything that was read. */
  readonly received: () => string
  /** Resolves when the instance has closed a connection that is read, with the milliseconds since it was opened. */
  readonly closed: Promise<number>
  readonly isClosed: () => boolean
}

/** Opens a connection and sends this. One that does not read takes nothing but what the kernel does. */
export async function attack(
  t: Owner,
  { url }: { readonly url: string },
  bytes: string | Buffer,
  { reads = true }: { readonly reads?: boolean } = {},
): Promise<Attacker> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  t.teardown(() => void socket.destroy())
  const openedAt = performance.now()
  let received = ''
  let isClosed = false
  const closed = new Promise<number>((resolve) => {
    const end = () => {
      isClosed = true
      resolve(performance.now() - openedAt)
    }
    socket.on('close', end)
    socket.on('end', end)
  })
  socket.on('error', () => {})
  if (reads) {
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
  } else socket.pause()
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', () => resolve())
  })
  if (bytes.length > 0) socket.write(bytes)
  return { socket, received: () => received, closed, isClosed: () => isClosed }
}

/** Opens many such connections. */
export function attackWith(
  t: Owner,
  instance: { readonly url: string },
  count: number,
  bytes: string | Buffer,
  options: { readonly reads?: boolean } = {},
): Promise<readonly Attacker[]> {
  return Promise.all(Array.from({ length: count }, () => attack(t, instance, bytes, options)))
}

/** As many of these requests as one read takes. */
export function pipelined(request: string, bytes = 65_536): string {
  return request.repeat(Math.floor(bytes / request.length))
}
