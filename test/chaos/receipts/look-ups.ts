import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../random.ts'
import type { ReceiptLedger } from './receipt-ledger.ts'
import type { Told } from './told.ts'

const everyMs = [100, 300] as const
const patienceMs = 4_000
/** Notifications that are looked up again; the oldest are forgotten. */
const maxKnown = 300

interface Needs {
  readonly urls: () => readonly string[]
  readonly token: string
  readonly random: Random
  readonly ledger: ReceiptLedger
}

/** A sender that looks receipts up, again and again, at any instance. */
export class LookUps {
  readonly #needs: Needs
  readonly #known: { readonly addressee: string; readonly id: string }[] = []

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** From now on this notification is looked up. */
  add(addressee: string, id: string): void {
    this.#known.push({ addressee, id })
    if (this.#known.length > maxKnown) this.#known.shift()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { random } = this.#needs
    while (!signal.aborted) {
      await pause(random.between(...everyMs), undefined, { signal }).catch(() => {})
      await this.#look().catch(() => {})
    }
  }

  async #look(): Promise<void> {
    const { random, urls, token, ledger } = this.#needs
    const [url, asked] = [random.pick(urls()), random.pick(this.#known)]
    if (url === undefined || asked === undefined) return
    const { addressee, id } = asked
    const response = await fetch(`${url}/receipts/${encodeURIComponent(addressee)}/${encodeURIComponent(id)}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await response.text()
    if (response.status !== 200) return
    const { state, by = null } = JSON.parse(text) as Pick<Told, 'state'> & { by?: Told['by'] }
    ledger.told(addressee, id, { way: 'look-up', state, by })
  }
}
