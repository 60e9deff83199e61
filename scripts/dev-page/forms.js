import { field, find } from './find.js'
import { answerOf, ask, tokensOf } from './stack.js'

/** @import { Instance, Tokens } from './stack.js' */
/** Who has signed in, and where it is connected. @typedef {{ instance: Instance, tokens: Tokens }} Acting */

const callback = find('#callback', HTMLFormElement)
const publish = find('#publish', HTMLFormElement)
const register = find('#register', HTMLButtonElement)
const call = find('#call', HTMLButtonElement)
const publishing = tokensOf('shop', { scope: 'notifications:publish' })
/** @type {Acting | null} */
let client = null

/** Offers these to send through; at first the last one, so that what is sent has a way to go. @param {Instance[]} instances */
export function offer(instances) {
  for (const select of document.querySelectorAll('select[name="through"]')) {
    select.append(...instances.map(({ name, url }) => new Option(name, url)))
    if (select instanceof HTMLSelectElement) select.selectedIndex = instances.length - 1
  }
}

/** Who registers, and where; null: nobody has signed in. @param {Acting | null} who */
export function actFor(who) {
  if (who?.tokens.client !== client?.tokens.client) {
    field(callback, 'url').value = ''
    call.disabled = true
    if (who !== null) field(publish, 'addressee').value = who.tokens.client
  }
  client = who
  register.disabled = who === null
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
  // Whichever instance a balancer would have chosen: it has the same path at each.
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

/** What became of something sent, and how long the answer took. @param {() => Promise<{ status: string }>} send */
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
