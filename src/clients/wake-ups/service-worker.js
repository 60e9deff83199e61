/**
 * The service worker that a push wakes. It polls with the token that the page has left, until nothing is left, and shows
 * each notification. Serve it at your page's origin, or import it into your own worker with `importScripts`.
 *
 * Browsers want to see a notification for every push (`userVisibleOnly`). So one is shown as well when there is nothing
 * new, or when the token has expired.
 */

/** @typedef {{ id: string, subject: string, body: string, encoding?: string }} Received */

const sleepingWorker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self))
const cacheOfPage = 'notification-service'
const pathOfPage = '/notification-service/wake-ups'
/** A push gives the worker about half a minute. */
const patienceOfPollMs = 8_000
const pausesMs = [500, 1_000, 2_000, 4_000]
const maxPolls = 50

sleepingWorker.addEventListener('install', () => void sleepingWorker.skipWaiting())
sleepingWorker.addEventListener('activate', (event) => event.waitUntil(sleepingWorker.clients.claim()))
sleepingWorker.addEventListener('push', (event) => event.waitUntil(wakeUp()))
sleepingWorker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(showPage())
})

async function wakeUp() {
  const shown = await fetchAll().catch(() => 0)
  if (shown === 0 && !(await isPageVisible())) {
    await sleepingWorker.registration.showNotification('You have notifications', { tag: cacheOfPage })
  }
}

/** Shows all that waits; returns how many there were. */
async function fetchAll() {
  const left = await caches.open(cacheOfPage).then((cache) => cache.match(pathOfPage))
  if (left === undefined) return 0
  const { url, token } = await left.json()
  let [shown, cursor] = [0, '']
  for (let polls = 0; polls < maxPolls; polls++) {
    // The cursor acknowledges those that are shown; the poll that finds nothing more is the last.
    const query = new URLSearchParams({ wait: '0', ack: 'next', ...(cursor === '' ? {} : { cursor }) })
    const response = await patiently(`${url}/notifications?${query}`, { authorization: `Bearer ${token}` })
    if (response?.status !== 200) break
    const answer = await response.json()
    for (const notification of /** @type {Received[]} */ (answer.notifications)) {
      await show(notification)
      shown += 1
    }
    cursor = answer.cursor
  }
  return shown
}

/** Polls; tries again where that may help. @param {string} url @param {Record<string, string>} headers */
async function patiently(url, headers) {
  for (const pauseMs of [...pausesMs, null]) {
    const signal = AbortSignal.timeout(patienceOfPollMs)
    const response = await fetch(url, { headers, signal, cache: 'no-store', redirect: 'error' }).catch(() => null)
    if (response !== null && response.status < 500 && response.status !== 429) return response
    if (pauseMs !== null) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  return null
}

/** A repeat replaces the one that is shown, since both have the tag. @param {Received} notification */
async function show({ id, subject, body, encoding }) {
  await sleepingWorker.registration.showNotification(subject, { tag: id, body: encoding === undefined ? body : '' })
}

async function isPageVisible() {
  const pages = await sleepingWorker.clients.matchAll({ type: 'window' })
  return pages.some(({ visibilityState }) => visibilityState === 'visible')
}

async function showPage() {
  const [page] = await sleepingWorker.clients.matchAll({ type: 'window' })
  if (page) await page.focus()
  else await sleepingWorker.clients.openWindow('/')
}
