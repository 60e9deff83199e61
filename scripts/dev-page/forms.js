import { field, find } from './find.js'
import { callbackLine, publishLine, registerLine } from './lines.js'
import { typeOf } from './messages.js'
import { report } from './report.js'
import { showLine } from './shown-line.js'
import { answerOf, ask, tokensOf } from './stack.js'

/** @import { Instance, Tokens } from './stack.js' */
/** The client that is signed in, and its instance. @typedef {{ instance: Instance, tokens: Tokens }} Acting */

const callback = find('#callback', HTMLFormElement)
const publish = find('#publish', HTMLFormElement)
const register = find('#register', HTMLButtonElement)
const call = find('#call', HTMLButtonElement)
const publishing = tokensOf('shop', { scope: 'notifications:publish' })
const registration = JSON.stringify({ subject: 'report.done', ttlSeconds: 3_600 })
/** @type {Acting | null} */
let client = null
/** Bring the lines below the forms up to date. @type {(() => void)[]} */
const updates = []

/**
 * Offers instances to send through. The last is the default, so that notifications cross instances.
 *
 * @param {Instance[]} instances
 */
export function offer(instances) {
  for (const select of document.querySelectorAll('select[name="through"]')) {
    select.append(...instances.map(({ name, url }) => new Option(name, url)))
    if (select instanceof HTMLSelectElement) select.selectedIndex = instances.length - 1
  }
  updates.push(
    showLine(publish, 'Publish', () =>
      publishLine(location.origin, { url: field(publish, 'through').value, waiting: waiting(), ...publication() }),
    ),
    showLine(callback, 'Callback', () => {
      if (field(callback, 'url').value !== '') return callbackLine(typedCall())
      // The same as the other button, before there is a URL.
      const { url = '' } = client?.instance ?? instances[0] ?? {}
      return registerLine(location.origin, { url, client: client?.tokens.client ?? 'alice', registration })
    }),
  )
}

function publication() {
  const [addressee = '', subject = '', body = ''] = ['addressee', 'subject', 'body'].map(
    (name) => field(publish, name).value,
  )
  const ttl = field(publish, 'ttl').value
  return { addressee, subject, body, ...(ttl === '' ? {} : { ttlSeconds: Number(ttl) }) }
}

/** Returns the seconds for which the sender waits until its notification is acknowledged, as text. */
function waiting() {
  return field(publish, 'waiting').value
}

function typedCall() {
  // The path is the same at every instance, as behind a load balancer.
  const { pathname } = new URL(field(callback, 'url').value)
  const body = field(callback, 'body').value
  return { url: field(callback, 'through').value + pathname, type: typeOf(body), body }
}

function updateLines() {
  for (const update of updates) update()
}

/** Sets the client that registers callbacks; null when none is signed in. @param {Acting | null} acting */
export function actFor(acting) {
  if (acting?.tokens.client !== client?.tokens.client) {
    field(callback, 'url').value = ''
    call.disabled = true
    if (acting !== null) field(publish, 'addressee').value = acting.tokens.client
  }
  client = acting
  register.disabled = acting === null
  updateLines()
}

register.addEventListener('click', () =>
  report(callback, async () => {
    if (client === null) return ''
    const { instance, tokens } = client
    const { callbackUrl } = await ask(`${instance.url}/registrations`, tokens, asJson(registration))
    field(callback, 'url').value = callbackUrl
    call.disabled = false
    updateLines()
    return `201: registered at ${instance.name}, for an hour`
  }),
)

callback.addEventListener('submit', (event) => {
  event.preventDefault()
  const { url, body } = typedCall()
  report(callback, () => timed(async () => answerOf(await fetch(url, asJson(body)))))
})

publish.addEventListener('submit', (event) => {
  event.preventDefault()
  const url = `${field(publish, 'through').value}/notifications`
  const request = asJson(JSON.stringify(publication()))
  const headers = { ...request.headers, ...(waiting() === '0' ? {} : { prefer: `wait=${waiting()}` }) }
  report(publish, () => timed(() => ask(url, publishing, { ...request, headers })))
})

/** @param {string} body @returns {RequestInit} */
function asJson(body) {
  return { method: 'POST', headers: { 'content-type': typeOf(body) }, body }
}

/** Returns the outcome of a send and the time that it took. @param {() => Promise<{ status: string }>} send */
async function timed(send) {
  const startedAt = performance.now()
  const { status } = await send()
  return `${status === 'acknowledged' ? 200 : 202}, ${status}, after ${Math.round(performance.now() - startedAt)} ms`
}
