import { find } from './find.js'
import { answerOf, ask, tokensOf } from './stack.js'

/** @import { Instance, Tokens } from './stack.js' */
/** @typedef {'idle' | 'connecting' | 'connected' | 'reconnecting' | 'ended'} State */

const line = find('#state', HTMLElement)
const servedBy = find('#served-by', HTMLElement)
const held = find('#held', HTMLElement)
const interruptions = find('#interruptions', HTMLElement)
const token = find('#token', HTMLElement)
let lost = 0
/** Tokens to look sessions up, as a publisher does. */
const lookingUp = tokensOf('the page', { scope: 'sessions:read' })

/** @param {State} state @param {string} words */
export function showState(state, words) {
  if (line.dataset.state === state && line.textContent === words) return
  line.dataset.state = state
  line.textContent = words
}

/** @param {Tokens | null} tokens */
export function showToken(tokens) {
  token.textContent = tokens?.expiresAt ? tokenWords(tokens.expiresAt) : '–'
}

/** @param {number} expiresAt */
function tokenWords(expiresAt) {
  const seconds = Math.round((expiresAt - Date.now()) / 1000)
  if (seconds <= 0) return 'expired; renewed when needed'
  const left =
    seconds < 120
      ? `${seconds} s`
      : seconds < 7_200
        ? `${Math.round(seconds / 60)} min`
        : `${Math.round(seconds / 3_600)} h`
  return `expires in ${left}`
}

export function showNobody() {
  servedBy.textContent = held.textContent = interruptions.textContent = '–'
  lost = 0
}

/** Counts an interruption of the connection. @param {string} reason */
export function showInterruption(reason) {
  interruptions.textContent = `${++lost}, last: ${reason}`
}

/**
 * Looks up the health of an instance. Returns whether it holds a poll of this client, since a long poll shows no sign
 * before it is answered.
 *
 * @param {Instance} instance @param {string} client
 */
export async function look({ name, url }, client) {
  const health = await answerOf(await fetch(`${url}/health`, { cache: 'no-store' }))
  servedBy.textContent = `${name} · ${health.instanceId.slice(0, 8)}`
  servedBy.title = health.instanceId
  held.textContent = String(health.heldPolls)
  const session = await ask(`${url}/sessions/${encodeURIComponent(client)}`, lookingUp)
  return health.heldPolls > 0 && session.online && session.instanceId === health.instanceId
}
