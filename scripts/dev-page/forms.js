import { field, find } from './find.js'
import { answerOf, ask, tokensOf } from './stack.js'

/** @import { Instance, Tokens } from './stack.js' */
/** The client that is signed in, and its instance. @typedef {{ instance: Instance, tokens: Tokens }} Acting */

const callback = find('#callback', HTMLFormElement)
const publish = find('#publish', HTMLFormElement)
const register = find('#register', HTMLButtonElement)
const call = find('#call', HTMLButtonElement)
const publishing = tokensOf('shop', { scope: 'notifications:publish' })
/** @type {Acting | null} */
let client = null

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
}

register.addEventListener('click', () =>
  report(callback, async () => {
    if (client === null) return ''
    const { instance, tokens } = client
    const registration = { subject: 'report.done', ttlSeconds: 3_600 }
    const { callbackUrl } = await ask(`${instance.url}/registrations`, tokens, asJson(JSON.stringify(registration)))
    field(callback, 'url').value = callbackUrl
    call.disabled = false
    return `201: registered at ${instance.name}, for an hour`
  }),
)

callback.addEventListener('submit', (event) => {
  event.preventDefault()
  // The path is the same at every instance, as behind a load balancer.
  const { pathname } = new URL(field(callback, 'url').value)
  const url = field(callback, 'through').value + pathname
  report(callback, () => timed(async () => answerOf(await fetch(url, asJson(field(callback, 'body').value)))))
})

publish.addEventListener('submit', (event) => {
  event.preventDefault()
  const [addressee, subject, body] = ['addressee', 'subject', 'body'].map((name) => field(publish, name).value)
  const url = `${field(publish, 'through').value}/notifications`
  report(publish, () => timed(() => ask(url, publishing, asJson(JSON.stringify({ addressee, subject, body })))))
})

/** @param {string} body @returns {RequestInit} */
function asJson(body) {
  return { method: 'POST', headers: { 'content-type': isJson(body) ? 'application/json' : 'text/plain' }, body }
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Returns the outcome of a send and the time that it took. @param {() => Promise<{ status: string }>} send */
async function timed(send) {
  const startedAt = performance.now()
  const { status } = await send()
  return `202, ${status}, after ${Math.round(performance.now() - startedAt)} ms`
}

/** @param {HTMLFormElement} form @param {() => Promise<string>} act */
async function report(form, act) {
  const output = form.querySelector('output')
  if (output === null) return
  try {
    output.textContent = await act()
    output.className = ''
  } catch (error) {
    output.textContent = error instanceof Error ? error.message : String(error)
    output.className = 'failed'
  }
}
