import { field, find } from './find.js'
import { messageLine } from './lines.js'
import { messageOf } from './messages.js'
import { report } from './report.js'
import { showLine } from './shown-line.js'
import { answerOf } from './stack.js'

/** @import { Stack } from './stack.js' */

const form = find('#message', HTMLFormElement)
/** The id and the time of the next event. */
let event = nextEvent()

/**
 * Lets the form send to the intake queue. The page's own server signs the message, which a page cannot do.
 *
 * @param {Stack} stack @param {() => void} onSent
 */
export function sendMessages(stack, onSent) {
  const update = showLine(form, 'SQS message', () => messageLine(stack, typedMessage()))
  form.addEventListener('submit', (submission) => {
    submission.preventDefault()
    report(form, async () => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
      const body = JSON.stringify(typedMessage())
      const { id } = await answerOf(await fetch('/dev/messages', { ...init, body }))
      event = nextEvent()
      update()
      onSent()
      return `sent, message ${id.slice(0, 8)}`
    })
  })
  return {
    /** Names the client as the addressee. @param {string} client */
    address(client) {
      field(form, 'addressee').value = client
      update()
    },
  }
}

function typedMessage() {
  const [addressee = '', subject = '', body = ''] = ['addressee', 'subject', 'body'].map(
    (name) => field(form, name).value,
  )
  return messageOf(field(form, 'form').value, { addressee, subject, body, ...event })
}

function nextEvent() {
  return { id: crypto.randomUUID(), time: new Date().toISOString() }
}
