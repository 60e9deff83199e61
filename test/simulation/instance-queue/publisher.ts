import { IntakeLimits } from '../../../src/delivery/intake/limits.ts'
import type { Notification } from '../../../src/delivery/notification.ts'
import { maxPublisherWaitSeconds } from '../bounds.ts'
import type { InstanceQueueCore } from '../core.ts'
import type { World } from '../world.ts'
import type { InstanceQueueInstance } from './instance.ts'

/** An answer comes so late at most after the wait of its request is over; then the publisher asks again. */
const patienceMs = 3_000
const maxTries = 3
/** A publisher that waits is told within this time of the acknowledgement, where nothing fails: the store is looked at so often. */
const toldWithinMs = 4_000

/** The instances to which senders post. */
export interface Entrance {
  readonly world: World
  readonly core: InstanceQueueCore
  readonly open: readonly InstanceQueueInstance[]
}

/**
 * A sender that posts a notification, and may wait for its acknowledgement with `Prefer: wait`. Without an answer, and now and
 * then after a wait in vain, it posts the same again under the same id, at any instance.
 */
export class Publisher {
  readonly #entrance: Entrance
  readonly #notification: Notification
  readonly #waits: boolean
  #tries = 0

  constructor(entrance: Entrance, notification: Notification) {
    this.#entrance = entrance
    this.#notification = notification
    this.#waits = entrance.world.random.chance(0.6)
  }

  ask(): void {
    const { world, open } = this.#entrance
    const instance = world.random.pick(open)
    if (instance === undefined || this.#tries === maxTries) return
    this.#tries += 1
    const seconds = this.#waits ? world.random.between(1, maxPublisherWaitSeconds) : 0
    let isOver = false
    const over = (isAnswered: boolean) => {
      if (isOver) return
      isOver = true
      for (const hangUp of onHangUp) hangUp()
      if (!isAnswered) this.ask()
    }
    const onHangUp: (() => void)[] = []
    world.after(1_000 * seconds + patienceMs, () => over(false))
    world.after(world.hop(), () => instance.process.io(() => void this.#post(instance, { seconds, onHangUp, over })))
  }

  async #post(
    instance: InstanceQueueInstance,
    request: { seconds: number; onHangUp: (() => void)[]; over: (isAnswered: boolean) => void },
  ): Promise<void> {
    const { world, core } = this.#entrance
    const { process, gateway } = instance
    const { id, addressee, subject, body, contentType, correlationId, expiresAt = null } = this.#notification
    const publication = {
      ...{
        id,
        addressee,
        subject,
        body,
        contentType,
        correlationId,
        expiresAt,
        receipt: this.#notification.receipt ?? null,
      },
      ...{ ttlSeconds: 3_600, encoding: null, sentAt: null },
    }
    const prefer = request.seconds === 0 ? undefined : `wait=${Math.ceil(request.seconds)}`
    const wait = core.publisherWait(prefer, gateway.waits, (listener) => void request.onHangUp.push(listener))
    const acceptance = { ...gateway, limits: new IntakeLimits({ clock: process.clock }) }
    try {
      const answer = await wait.answer(await core.acceptPublication(publication, acceptance, null, wait))
      if (!process.alive) return
      const isLost = world.random.chance(world.trouble / 2)
      if (!isLost) world.after(world.hop(), () => this.#told(answer.status, request))
    } catch {
      if (process.alive) world.after(world.hop(), () => request.over(false))
    }
  }

  #told(status: 200 | 202, { seconds, over }: { seconds: number; over: (isAnswered: boolean) => void }): void {
    const { ledger, random } = this.#entrance.world
    if (status === 200) ledger.receipts.waited(this.#notification)
    else if (seconds > 0 && ledger.faultless)
      ledger.receipts.waitedInVain(this.#notification, { withinMs: toldWithinMs })
    over(status === 200 || seconds === 0 || random.chance(0.5))
  }
}
