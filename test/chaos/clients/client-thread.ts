/** The clients, in a thread of their own: nothing that the faults do to this process's main thread delays them. */
import { parentPort, workerData } from 'node:worker_threads'
import { Lateness } from '../lateness.ts'
import { Random } from '../random.ts'
import type { Client, ClientParts, Cut, Receipt, Witness } from './client.ts'
import { openEventStream } from './event-stream-connection.ts'
import { LongPollClient } from './long-poll-client.ts'
import { StreamClient } from './stream-client.ts'
import type { Way } from './ways.ts'
import { openWebSocket } from './web-socket-connection.ts'

/** The data of the thread at its start. */
export interface ClientData {
  readonly seed: number
  readonly clients: readonly { readonly id: string; readonly token: string; readonly way: Way }[]
}

/** An order to the thread. */
export type Order =
  | { readonly kind: 'urls'; readonly urls: readonly string[] }
  | { readonly kind: 'cut'; readonly cut: Cut; readonly clientIds: readonly string[] }
  | { readonly kind: 'leave' }

/** A report of the thread. */
export type Report =
  | { readonly kind: 'received'; readonly receipt: Receipt }
  | { readonly kind: 'failed'; readonly clientId: string }
  | { readonly kind: 'unknowable'; readonly id: string }
  /** This thread was late, or the instance. */
  | { readonly kind: 'late'; readonly ms: number; readonly url: string | null }

const port = parentPort
if (port === null) throw new Error('this is a thread, not a program')
const { seed, clients: described } = workerData as ClientData
const random = new Random(seed)
const lateness = new Lateness()
const leaving = new AbortController()
let urls: readonly string[] = []

const tell = (report: Report) => port.postMessage(report)
const witness: Witness = {
  received: (receipt) => tell({ kind: 'received', receipt }),
  failed: (clientId) => tell({ kind: 'failed', clientId }),
  unknowable: (id) => tell({ kind: 'unknowable', id }),
  late: (ms, url) => tell({ kind: 'late', ms, url }),
  get isLate() {
    return lateness.late
  },
}
const clients = new Map(
  described.map(({ id, token, way }) => [id, make(way, { id, token, random, urls: () => urls, witness })]),
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
      leaving.abort()
      for (const client of clients.values()) client.leave()
      return
    default:
      order satisfies never
  }
})

await Promise.all([
  lateness.watch(leaving.signal, (ms) => tell({ kind: 'late', ms, url: null })),
  ...[...clients.values()].map((client) => client.run()),
])
port.close()

function make(way: Way, parts: ClientParts): Client {
  switch (way.form) {
    case 'polls':
      return new LongPollClient(parts, way.acknowledging)
    case 'events':
      return new StreamClient(parts, openEventStream, way.acknowledging)
    case 'frames':
      return new StreamClient(parts, openWebSocket, way.acknowledging)
    default:
      return way satisfies never
  }
}
