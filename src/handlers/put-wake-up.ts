import type { Handler } from '../contract/operations.ts'
import type { IntakeLimits } from '../delivery/intake/limits.ts'
import type { WakeUps } from '../delivery/intake/wake-ups.ts'
import { Refusal } from '../delivery/refusal.ts'

interface Needs {
  readonly wakeUps: Pick<WakeUps, 'put'>
  readonly limits: IntakeLimits
}

/** Registers a device of the client, to be woken while the client holds no poll. */
export function putWakeUp({ wakeUps, limits }: Needs): Handler<'putWakeUp'> {
  return async ({ path: { deviceId }, body }, { clientId }) => {
    limits.wakeUp(clientId)
    const way =
      body.type === 'webhook'
        ? ({ kind: 'webhook', target: body.token } as const)
        : ({ kind: 'web-push', target: body.endpoint } as const)
    // A lone surrogate is no character: the database refuses the statement that carries it.
    if (!deviceId.isWellFormed() || !way.target.isWellFormed()) {
      throw new Refusal('ERROR_INVALID_ARGUMENT', { message: 'deviceId and body/token must be well-formed text' })
    }
    if (!(await wakeUps.put({ clientId, deviceId, ...way }))) {
      const message = 'This client has as many devices as it may have; delete one first'
      throw new Refusal('ERROR_TOO_MANY_REQUESTS', { message, retryAfterSeconds: 60 })
    }
    return { status: 204 }
  }
}
