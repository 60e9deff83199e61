import type { Handler } from '../contract/operations.ts'
import type { IntakeLimits } from '../delivery/intake/limits.ts'
import type { WakeUps } from '../delivery/intake/wake-ups.ts'

interface Needs {
  readonly wakeUps: Pick<WakeUps, 'remove'>
  readonly limits: IntakeLimits
}

/** Forgets a device of the client. A device that is not there is forgotten already. */
export function deleteWakeUp({ wakeUps, limits }: Needs): Handler<'deleteWakeUp'> {
  return async ({ path: { deviceId } }, { clientId }) => {
    limits.wakeUp(clientId)
    await wakeUps.remove(clientId, deviceId)
    return { status: 204 }
  }
}
