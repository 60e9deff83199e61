import { find } from './find.js'

/** @import { Notification } from '../client.js' */

/** Older notifications are removed from the page. */
const maxShown = 200
/** The number of ids remembered to drop duplicates. */
const maxRemembered = 2_000

const list = find('#feed', HTMLOListElement)
const nothing = find('#nothing', HTMLElement)
const clear = find('#clear', HTMLButtonElement)
/** @type {Set<string>} */
const seen = new Set()

clear.addEventListener('click', () => {
  list.replaceChildren()
  clear.hidden = true
  nothing.hidden = false
})

/** Empties the list, for another client. */
export function emptyFeed() {
  seen.clear()
  clear.click()
}

/**
 * Shows a notification on top; drops a duplicate.
 *
 * @param {Notification} notification @param {string} way how it came
 */
export function addToFeed(notification, way) {
  if (seen.has(notification.id)) return
  seen.add(notification.id)
  const [oldest = ''] = seen
  if (seen.size > maxRemembered) seen.delete(oldest)
  list.prepend(itemOf(notification, way))
  while (list.children.length > maxShown) list.lastElementChild?.remove()
  clear.hidden = false
  nothing.hidden = true
}

/** @param {Notification} notification @param {string} way */
function itemOf({ id, subject, body, encoding, sentAt, deliveryCount, correlationId }, way) {
  const now = Date.now()
  const time = element('time', new Date(now).toLocaleTimeString())
  time.setAttribute('datetime', new Date(now).toISOString())
  const title = element('h3', subject)
  title.append(time)
  const about = [
    `${sinceMs(now - Date.parse(sentAt))} after it was sent`,
    way,
    ...(correlationId ? [`correlation ${correlationId}`] : []),
    ...(encoding ? [encoding] : []),
    ...(deliveryCount > 1 ? [`handed over ${deliveryCount} times`] : []),
  ]
  const item = element('li', '')
  item.dataset.id = id
  item.append(title, element('pre', body), element('p', about.join(' · ')))
  return item
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

/** @param {number} ms */
function sinceMs(ms) {
  return ms < 10_000 ? `${Math.max(0, ms)} ms` : `${Math.round(ms / 1000)} s`
}
