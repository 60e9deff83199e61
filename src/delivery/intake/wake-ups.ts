import { Refusal } from '../refusal.ts'

/** The way in which a device is woken: by its push service, or by the operator's own sender. */
export type WakeUpKind = 'web-push' | 'webhook'

/** A device of a client, and how to wake it. */
export interface Device {
  readonly clientId: string
  /** The client's own name of the device. */
  readonly deviceId: string
  readonly kind: WakeUpKind
  /** The endpoint of the push service, or the token that the operator's sender gets. A secret: never logged. */
  readonly target: string
}

/** The devices that are woken when something is stored for a client that holds no poll. */
export interface WakeUps {
  /**
   * Registers a device, or replaces the one of this name; false when the client has as many as it may. Rejects with a
   * `Refusal` when a device of this kind cannot be woken here, or may not be woken at this endpoint.
   */
  put(device: Device): Promise<boolean>
  /** Forgets a device of the client, if there is one. */
  remove(clientId: string, deviceId: string): Promise<void>
}

/** Wakes nobody: for a mode that stores nothing. */
export const noWakeUps: WakeUps = {
  async put() {
    throw new Refusal('ERROR_NOT_IMPLEMENTED')
  },
  async remove() {
    throw new Refusal('ERROR_NOT_IMPLEMENTED')
  },
}
