/** The clients, in a thread of their own: nothing that the faults do to this process's main thread delays them. */
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type Acknowledging, Client, type Cut } from './client.ts'
import { Random } from './random.ts'

/** What the thread is given at its start. */
export interface ClientData {
  readonly seed: number
  readonly clients: readonly { readonly id: string; readonly token: string; readonly acknowledging: Acknowledging }[]
}

/** What it is told. */
export type Order =
  | { readonly kind: 'urls'; readonly urls: readonly string[] }
  | { readonly kind: 'cut'; readonly cut: Cut; readonly clientIds: readonly string[] }
  | { readonly kind: 'leave' }

/** What it tells. */
export type Report =
  | { readonly kind: 'received'; readonly clientId: string; readonly id: string; readonly addressee: string }
  | { readonly kind: 'unknowable'; readonly id: string }

/** A reset that comes this late finds the grace over, or nearly so. Milliseconds. */
const lateMs = 500
const tickMs = 50

const port = parentPort
if (port === null) throw new Error('this is a thread, not a program')
const { seed, clients: described } = workerData as ClientData
const random = new Random(seed)
let urls: readonly string[] = []
let lateUntil = 0
let leaving = false

const tell = (report: Report) => port.postMessage(report)
const witness = {
  received: (clientId: string, id: string, addressee: string) => tell({ kind: 'received', clientId, id, addressee }),
  unknowable: (id: string) => tell({ kind: 'unknowable', id }),
  get late() {
    return performance.now() < lateUntil
  },
}
const clients = new Map(
  described.map((client) => [client.id, new Client({ ...client, random, urls: () => urls, witness })]),
)

port.on('message', (order: Order) => {
  switch (order.kind) {
    case 'urls':
      urls = order.urls
      return
    case 'cut':
      for (const id of order.clientIds) clients.get(id)?.cut(order.cut)
      return
    case 'leave':
      leaving = true
      for (const client of clients.values()) client.leave()
      return
    default:
      order satisfies never
  }
})

const running = [...clients.values()].map((client) => client.run())
let ticked = performance.now()
while (!leaving) {
  await pause(tickMs)
  const now = performance.now()
  if (now - ticked > tickMs + lateMs) lateUntil = now + 2_000
  ticked = now
}
await Promise.all(running)
port.close()
