import { subscriptionAt } from './push-service.ts'
import type { World } from './service-world.ts'

type At = Parameters<World['health']>[0]

/** Clients that have devices to wake. */
export function devices(world: Pick<World, 'ask' | 'bearer'>) {
  const path = (deviceId: string) => `/wake-ups/${encodeURIComponent(deviceId)}`
  const put = (at: At, clientId: string, deviceId: string, device: unknown) =>
    world.ask(at, path(deviceId), {
      method: 'PUT',
      headers: { ...world.bearer(clientId), 'content-type': 'application/json' },
      body: JSON.stringify(device),
    })
  return {
    put,

    /** Registers a browser that is woken at this endpoint. */
    async subscribe(at: At, clientId: string, deviceId: string, endpoint: string): Promise<void> {
      const { status, text } = await put(at, clientId, deviceId, subscriptionAt(endpoint))
      if (status !== 204) throw new Error(`${status} ${text}`)
    },

    remove: (at: At, clientId: string, deviceId: string) =>
      world.ask(at, path(deviceId), { method: 'DELETE', headers: world.bearer(clientId) }),
  }
}
