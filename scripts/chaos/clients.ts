import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Acknowledging, Cut } from './client.ts'
import type { ClientData, Order, Report } from './client-thread.ts'
import type { Ledger } from './ledger.ts'

/** Half of the clients keep to the simplest way, the others say what they have got in one of two. */
const ways: readonly Acknowledging[] = ['auto', 'cursor', 'auto', 'ids']

/** All clients, and the ledger that hears what they got. */
export class Clients {
  readonly ids: readonly string[]
  readonly #thread: Worker
  readonly #ledger: Ledger
  #failure: unknown = null

  constructor(tokens: readonly { readonly id: string; readonly token: string }[], seed: number, ledger: Ledger) {
    this.ids = tokens.map(({ id }) => id)
    this.#ledger = ledger
    const clients = tokens.map((client, i) => ({ ...client, acknowledging: ways[i % ways.length] ?? 'auto' }))
    const workerData: ClientData = { seed, clients }
    this.#thread = new Worker(new URL('client-thread.ts', import.meta.url), { workerData })
    this.#thread.on('error', (error) => {
      this.#failure = error
    })
    this.#thread.on('message', (report: Report) => {
      if (report.kind === 'received') ledger.receive(report.clientId, report.id, report.addressee)
      else ledger.excuse(report.id)
    })
  }

  /** Where they may go from now on. */
  go(urls: readonly string[]): void {
    if (this.#failure !== null) throw this.#failure
    this.#tell({ kind: 'urls', urls })
  }

  cut(cut: Cut, clientIds: readonly string[]): void {
    for (const clientId of clientIds) this.#ledger.disturb(clientId)()
    this.#tell({ kind: 'cut', cut, clientIds })
  }

  /** All of them go, with no good-bye. */
  async leave(): Promise<void> {
    if (this.#thread.threadId === -1) return
    const exited = once(this.#thread, 'exit')
    this.#tell({ kind: 'leave' })
    await exited
  }

  #tell(order: Order): void {
    this.#thread.postMessage(order)
  }
}
