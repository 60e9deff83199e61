import { find } from './find.js'
import { answerOf } from './stack.js'

/** @typedef {{ name: string, waiting: number, hidden: number }} QueueLengths */
/** @typedef {{ id: string, body: string, reason: string, sentAt: string, attributes: Record<string, string> }} DeadLetter */
/** @typedef {{ queues: QueueLengths[], deadLetters: { count: number, messages: DeadLetter[] }, stored: number | null }} Waiting */

const queues = find('#queues', HTMLDListElement)
const count = find('#dead-count', HTMLElement)
const letters = find('#dead-letters', HTMLOListElement)
const lookMs = 1_500
/** @type {ReturnType<typeof setTimeout> | undefined} */
let next

/** Shows the messages that wait, and looks again and again. */
export async function showWaiting() {
  clearTimeout(next)
  if (!document.hidden) {
    try {
      show(await answerOf(await fetch('/dev/waiting', { cache: 'no-store' })))
    } catch {
      // The stack is starting or has ended; the latest numbers stay.
    }
  }
  clearTimeout(next)
  next = setTimeout(showWaiting, lookMs)
}

/** @param {Waiting} waiting */
function show({ queues: lengths, deadLetters, stored }) {
  const rows = lengths.map(({ name, waiting, hidden }) => rowOf(shortened(name), words(waiting, hidden), name))
  if (stored !== null) rows.unshift(rowOf('Stored in PostgreSQL', String(stored), 'pending_notifications'))
  queues.replaceChildren(...rows)
  count.textContent = String(deadLetters.count)
  const shown = new Map([...letters.children].map((item) => [item.getAttribute('data-id'), item]))
  // An item that stays is not announced again.
  letters.replaceChildren(...deadLetters.messages.map((letter) => shown.get(letter.id) ?? itemOf(letter)))
}

/** @param {number} waiting @param {number} hidden */
function words(waiting, hidden) {
  return hidden === 0 ? String(waiting) : `${waiting} and ${hidden} in flight`
}

/** The queue of an instance is named for its id. @param {string} name */
function shortened(name) {
  return `Queue ${name.replace(/([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f-]{22}$/, '$1…')}`
}

/** @param {string} name @param {string} value @param {string} title */
function rowOf(name, value, title) {
  const row = document.createElement('div')
  row.title = title
  row.append(element('dt', name), element('dd', value))
  return row
}

/** @param {DeadLetter} letter */
function itemOf({ id, body, reason, sentAt, attributes }) {
  const item = document.createElement('li')
  item.dataset.id = id
  const about = Object.entries(attributes).map(([name, value]) => `${name} ${value}`)
  item.append(
    element('strong', reason),
    element('pre', body),
    element('p', [`sent at ${new Date(sentAt).toLocaleTimeString()}`, ...about].join(' · ')),
  )
  return item
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}
