import { connect } from './connection.js'
import { addToFeed, emptyFeed } from './feed.js'
import { field, find } from './find.js'
import { actFor, offer } from './forms.js'
import { showInstances } from './instances.js'
import { connectionLine, tokenLine } from './lines.js'
import { sendMessages } from './message-form.js'
import { showLine } from './shown-line.js'
import { findStack, tokensOf } from './stack.js'
import { look, showInterruption, showNobody, showState, showToken } from './state.js'
import { showWaiting } from './waiting.js'
import { offerWakeUps, wakeFor } from './wake-up.js'

/** @import { Connection } from './connection.js' */
/** @import { Instance, Tokens } from './stack.js' */

const signIn = find('#sign-in', HTMLFormElement)
const identity = find('#identity', HTMLFieldSetElement)
const enter = find('#enter', HTMLButtonElement)
const leave = find('#leave', HTMLButtonElement)
const secondTab = find('#second-tab', HTMLAnchorElement)
const choices = find('#connection', HTMLFormElement)

/** The names of the transports beside a notification. @type {Record<string, string>} */
const ways = {
  'long-poll': 'long poll',
  sse: 'SSE over fetch',
  'event-source': 'EventSource',
  'web-socket': 'WebSocket',
}
/** The intervals at which the state is looked up, before and after the client is known to be connected. */
const lookSoonMs = 400
const lookLaterMs = 2_000

const stack = await findStack()
const { instances } = stack
/** @type {Tokens | null} */
let tokens = null
/** @type {Connection | null} */
let connection = null
let connected = false
/** The time of the next attempt after the connection was lost. The state is not looked up before. */
let triedAgainAt = 0
/** @type {ReturnType<typeof setTimeout> | undefined} */
let looking
/** Changes of the connection run one after the other. */
let changing = Promise.resolve()

/** Returns the choices on the page. They are also in its URL, so that a second tab begins with the same choices. */
function chosen() {
  return {
    client: field(signIn, 'client').value,
    ttl: field(signIn, 'ttl').value,
    transport: field(choices, 'transport').value,
    instance: field(choices, 'instance').value,
  }
}

/** Shows the client that is signed in, and connects as chosen. */
async function reconnect() {
  await connection?.close()
  connection = null
  connected = false
  triedAgainAt = 0
  const choice = chosen()
  const instance = instances[Number(choice.instance) - 1]
  const query = tokens === null ? '' : `?${new URLSearchParams(choice)}`
  history.replaceState(null, '', `/${query}`)
  secondTab.href = location.href
  identity.disabled = enter.hidden = tokens !== null
  leave.hidden = secondTab.hidden = tokens === null
  if (tokens === null || instance === undefined) {
    actFor(null)
    wakeFor(null)
    showNobody()
    return showState('idle', 'Not signed in')
  }
  actFor({ instance, tokens })
  wakeFor({ instance, tokens })
  showState('connecting', 'Connecting …')
  const way = ways[choice.transport]
  connection = connect(choice.transport, instance.url, tokens, {
    open: isConnected,
    notification: (notification) => addToFeed(notification, `by ${way}`),
    lost(reason, retryInMs) {
      connected = false
      showInterruption(reason)
      triedAgainAt = retryInMs === null ? Number.POSITIVE_INFINITY : performance.now() + retryInMs
      if (retryInMs === null) showState('ended', `Given up: ${reason}`)
      else showState('reconnecting', 'Reconnecting …')
    },
  })
  keepLooking()
}

function isConnected() {
  connected = true
  const { client, transport } = chosen()
  showState('connected', `${client} is connected by ${ways[transport]}`)
}

function change() {
  changing = changing.then(reconnect)
}

/** Looks the state up again and again: for the numbers, and because a long poll shows no sign before it is answered. */
async function keepLooking() {
  const { client, instance: number } = chosen()
  const instance = instances[Number(number) - 1]
  const looked = connection
  if (looked !== null && instance !== undefined && !document.hidden && performance.now() > triedAgainAt) {
    try {
      const isHeld = await look(instance, client)
      if (isHeld && !connected && looked === connection) isConnected()
    } catch {
      // The instance does not answer; the connection reports that.
    }
  }
  clearTimeout(looking)
  looking = setTimeout(keepLooking, connected ? lookLaterMs : lookSoonMs)
}

/** Shows the instances as choices. The first one is the default. */
function offerInstances() {
  const labels = instances.map(({ name, url }, i) => {
    const label = document.createElement('label')
    const radio = document.createElement('input')
    const port = document.createElement('small')
    Object.assign(radio, { type: 'radio', name: 'instance', value: String(i + 1), checked: i === 0 })
    port.textContent = `port ${new URL(url).port}`
    label.append(radio, ` ${name} `, port)
    return label
  })
  find('#held-by', HTMLElement).append(...labels)
}

function begin() {
  const { client, ttl } = chosen()
  tokens = tokensOf(client, { ttl })
  messages.address(client)
  emptyFeed()
  change()
}

signIn.addEventListener('submit', (event) => {
  event.preventDefault()
  if (tokens === null) begin()
})
leave.addEventListener('click', () => {
  tokens = null
  change()
})
choices.addEventListener('change', change)
setInterval(() => showToken(tokens), 500)

for (const id of ['docs', 'metrics']) find(`#${id}`, HTMLAnchorElement).href = `${instances[0]?.url}/${id}`
offerInstances()
offer(instances)
offerWakeUps(stack)
// A person who starts an instance again need not wait for the next attempt, which may be half a minute away.
showInstances(instances, ({ url }) => {
  if (!connected && instances[Number(chosen().instance) - 1]?.url === url) change()
})
const messages = sendMessages(stack, showWaiting)
showWaiting()
showLine(signIn, 'Sign in', () => `export TOKEN="$(${tokenLine(location.origin, chosen())})"`)
const updateLine = showLine(choices, 'Connection', () => {
  const { client, ttl, transport, instance } = chosen()
  return connectionLine(location.origin, { client, ttl, transport, url: instances[Number(instance) - 1]?.url ?? '' })
})
signIn.addEventListener('input', updateLine)
const asked = new URLSearchParams(location.search)
for (const [name, value] of asked) {
  if (name in chosen()) field(name === 'client' || name === 'ttl' ? signIn : choices, name).value = value
}
updateLine()
if (asked.has('client')) begin()
