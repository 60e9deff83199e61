/** How a page lets its browser be woken. */
export interface WakeUpOptions {
  /** The address of the service. It may be relative to the page. */
  readonly url: string | URL
  /** Returns the bearer token; called with `refresh: true` when the service does not accept the last one. */
  readonly getToken: (request: { readonly refresh: boolean }) => string | Promise<string>
  /** The operator's `VAPID_PUBLIC_KEY`. */
  readonly publicKey: string
  /** The path of the service worker, on the page's own origin; `/service-worker.js` by default. */
  readonly serviceWorker?: string | undefined
  /** The name of this device among those of the client; one that is kept in this browser by default. */
  readonly deviceId?: string | undefined
}

/**
 * Asks the user for the permission to show notifications, subscribes to the browser's push service, and registers this
 * browser at the service. The token is left for the service worker, which polls with it. Call it at every start of the
 * page, and first from a click, since browsers ask for permission only then. Returns the name of the device; rejects when
 * the user, the browser or the service refuses.
 */
export function wakeThisDevice(options: WakeUpOptions): Promise<string>

/** Forgets this browser at the service, and the token that was left: when the user signs out. */
export function letThisDeviceSleep(options: Pick<WakeUpOptions, 'url' | 'getToken' | 'deviceId'>): Promise<void>
