/** @import { WakeUpOptions } from './wake-ups.d.ts' */

/** Where the page leaves what the service worker needs. Nothing is ever requested at this path. */
const cacheName = 'notification-service'
const leftPath = '/notification-service/wake-ups'
const deviceKey = 'notification-service device'

/** @param {WakeUpOptions} options */
export async function wakeThisDevice(options) {
  if ((await Notification.requestPermission()) !== 'granted') throw new Error('The user allows no notifications')
  await navigator.serviceWorker.register(options.serviceWorker ?? '/service-worker.js')
  const { pushManager } = await navigator.serviceWorker.ready
  const subscription = await subscribe(pushManager, options.publicKey)
  const deviceId = options.deviceId ?? ownDeviceId()
  const token = await options.getToken({ refresh: false })
  const body = JSON.stringify(subscription)
  await ask('PUT', deviceId, options, { token, headers: { 'content-type': 'application/json' }, body })
  const url = new URL(options.url, location.href).href.replace(/\/+$/, '')
  const cache = await caches.open(cacheName)
  await cache.put(leftPath, new Response(JSON.stringify({ url, token })))
  return deviceId
}

/** @param {Pick<WakeUpOptions, 'url' | 'getToken' | 'deviceId'>} options */
export async function letThisDeviceSleep(options) {
  await caches.delete(cacheName)
  const registration = await navigator.serviceWorker.getRegistration()
  const subscription = await registration?.pushManager.getSubscription()
  await subscription?.unsubscribe()
  const token = await options.getToken({ refresh: false })
  await ask('DELETE', options.deviceId ?? ownDeviceId(), options, { token })
}

/**
 * A subscription belongs to one key: after a change of the operator's keys the old one is given up.
 *
 * @param {PushManager} pushManager @param {string} publicKey
 */
async function subscribe(pushManager, publicKey) {
  const wanted = { userVisibleOnly: true, applicationServerKey: publicKey }
  try {
    return await pushManager.subscribe(wanted)
  } catch (error) {
    const earlier = await pushManager.getSubscription()
    if (earlier === null) throw error
    await earlier.unsubscribe()
    return pushManager.subscribe(wanted)
  }
}

/** The name of this browser among the devices of the client; made at the first call. */
function ownDeviceId() {
  const deviceId = localStorage.getItem(deviceKey) ?? crypto.randomUUID()
  localStorage.setItem(deviceKey, deviceId)
  return deviceId
}

/**
 * @param {string} method @param {string} deviceId @param {Pick<WakeUpOptions, 'url' | 'getToken'>} options
 * @param {{ token: string, headers?: Record<string, string>, body?: string }} request
 */
async function ask(method, deviceId, { url, getToken }, { token, headers = {}, body }) {
  const base = new URL(url, location.href).href.replace(/\/+$/, '')
  const send = (/** @type {string} */ token) =>
    fetch(`${base}/wake-ups/${encodeURIComponent(deviceId)}`, {
      method,
      redirect: 'error',
      headers: { ...headers, authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body }),
    })
  let response = await send(token)
  if (response.status === 401) response = await send(await getToken({ refresh: true }))
  if (response.status === 204) return
  const refusal = await response.json().catch(() => null)
  throw new Error(refusal?.message ?? `The service answered ${response.status}`)
}
