import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Ledger } from '../ledger.ts'
import type { Manner } from '../receipts/told.ts'
import type { Cut } from './client.ts'
import type { ClientData, Order, Report } from './client-thread.ts'
import { type Way, ways } from './ways.ts'

/** All clients, and the ledger that hears what they got. */
export class Clients {
  readonly ids: readonly string[]
  readonly #thread: Worker
  readonly #ledger: Ledger
  readonly #ways: ReadonlyMap<string, Way>
  #failure: unknown = null

  constructor(ids: readonly string[], tokens: ReadonlyMap<string, string>, seed: number, ledger: Ledger) {
    this.ids = ids
    this.#ledger = ledger
    const clients = ids.map((id, i) => {
      return { id, token: tokens.get(id) ?? '', way: ways[i % ways.length] ?? ways[0] }
    })
    this.#ways = new Map(clients.map(({ id, way }) => [id, way]))
    const workerData: ClientData = { seed, clients }
    this.#thread = new Worker(new URL('client-thread.ts', import.meta.url), { workerData })
    this.#thread.on('error', (error) => {
      this.#failure = error
    })
    this.#thread.on('message', (report: Report) => this.#hear(report))
  }

  /** Returns how the client acknowledges. A stream that is opened again names the last event of the one before. */
  mannerOf(clientId: string): Manner {
    const { form, acknowledging } = this.#ways.get(clientId) ?? { form: 'polls', acknowledging: 'cursor' }
    if (acknowledging !== 'auto') return 'word'
    return form === 'polls' ? 'grace' : 'either'
  }

  /** Names the instances that the clients may use from now on. */
  go(urls: readonly string[]): void {
    if (this.#failure !== null) throw this.#failure
    this.#tell({ kind: 'urls', urls })
  }

  cut(cut: Cut, clientIds: readonly string[]): void {
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

  #hear(report: Report): void {
    switch (report.kind) {
      case 'received':
        return this.#ledger.receive(report.receipt)
      case 'failed':
        return this.#ledger.fail(report.clientId)
      case 'unknowable':
        return this.#ledger.excuse(report.id)
      case 'late':
        return this.#ledger.late(report.ms, report.url)
      default:
        report satisfies never
    }
  }
}
