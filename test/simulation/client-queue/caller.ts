import type { Notification } from '../../../src/delivery/notification.ts'
import type { World } from '../world.ts'
import type { ClientQueueInstance } from './instance.ts'

const maxTries = 4
/** The caller asks again after so many milliseconds without an answer. */
const patienceMs = 2_000

type Outcome = { readonly kind: string }

/** A sender that posts a notification, and posts it again under the same id or key when no answer comes. */
export class Caller {
  readonly #world: World
  readonly #instances: readonly ClientQueueInstance[]
  readonly #notification: Notification
  readonly #isCallback: boolean
  #callbackId: string | null = null
  #tries = 0

  constructor(world: World, instances: readonly ClientQueueInstance[], addressee: string) {
    this.#world = world
    this.#instances = instances
    this.#isCallback = world.random.chance(0.5)
    this.#notification = world.draft(addressee, this.#isCallback ? 'callback' : 'any')
  }

  ask(): void {
    const world = this.#world
    const instance = world.random.pick(this.#instances.filter(({ open }) => open))
    this.#tries += 1
    if (instance === undefined) return this.#againIn(100)
    let over = false
    const answered = (isAccepted: boolean) => {
      if (over) return
      over = true
      if (!isAccepted) this.#againIn(world.random.between(20, 300))
    }
    world.after(patienceMs, () => answered(false))
    world.after(world.hop(), () => {
      instance.process.io(() => {
        this.#post(instance).then(
          ({ kind }) => {
            if (!instance.process.alive || world.random.chance(world.trouble / 2)) return
            this.#told(instance, kind)
            answered(true)
          },
          () => answered(false),
        )
      })
    })
  }

  #post({ gateway }: ClientQueueInstance): Promise<Outcome> {
    const {
      addressee,
      subject,
      body,
      id,
      contentType,
      correlationId,
      expiresAt = null,
      receipt = null,
    } = this.#notification
    const ttlSeconds = 3_600
    if (!this.#isCallback) {
      return gateway.publishing.insert({
        id,
        addressee,
        subject,
        body,
        contentType,
        correlationId,
        expiresAt,
        ttlSeconds: null,
        encoding: null,
        sentAt: null,
        receipt,
      })
    }
    const asked = {
      clientId: addressee,
      subject,
      correlationId,
      ttlSeconds,
      maxUses: 0,
      forward: 'data' as const,
      receiptTo: receipt?.to ?? null,
    }
    this.#callbackId ??= gateway.registrations.newCallbackId(asked)
    const callbackId = this.#callbackId
    const bytes = new TextEncoder().encode(body)
    return gateway.callbacks.accept({ callbackId, digest: '', idempotencyKey: id, body: bytes, contentType })
  }

  /** Checks that a notification whose answer was 202 is in a queue. */
  #told({ name }: ClientQueueInstance, kind: string): void {
    const { ledger } = this.#world
    if (kind !== 'stored' && kind !== 'duplicate') {
      ledger.violate(1, `${name} answered ${kind} to what it has to take`)
    } else if (!ledger.isAccepted(this.#notification)) {
      ledger.violate(1, `${name} answered 202 (${kind}), and no queue has it`)
    }
  }

  #againIn(ms: number): void {
    if (this.#tries < maxTries) this.#world.after(ms, () => this.ask())
  }
}
