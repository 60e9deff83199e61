import type { Notification } from '../../../src/delivery/notification.ts'
import type { Entrance } from './publisher.ts'

const howMany = 3
/** The time within which a sender looks again. */
const withinMs = 40_000

/** A sender looks the receipt of its notification up, a few times, at any instance. */
export function lookUp(entrance: Entrance, notification: Notification, left: number = howMany): void {
  const { world, core } = entrance
  if (left === 0) return
  world.after(world.random.between(0, withinMs), () => {
    lookUp(entrance, notification, left - 1)
    const instance = world.random.pick(entrance.open)
    instance?.process.io(() => {
      const { addressee, id } = notification
      const handler = core.getReceipt(instance.gateway)
      handler({ path: { addressee, id }, query: {}, body: undefined }, noCaller).then(
        ({ body: { state, by = null } }) => world.ledger.receipts.told('a look-up', notification, { state, by }),
        // There is none yet, or the database does not answer.
        () => {},
      )
    })
  })
}

const noCaller = { token: {}, traceId: '', trace: null, onHangUp() {} } as never
