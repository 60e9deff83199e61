import { letThisDeviceSleep, wakeThisDevice } from '../wake-ups.js'
import { find } from './find.js'
import { report } from './report.js'

/** @import { Instance, Stack, Tokens } from './stack.js' */

const form = find('#wake-up', HTMLFormElement)
const wake = find('#wake', HTMLButtonElement)
const sleep = find('#sleep', HTMLButtonElement)
/** The client that is signed in, and its instance. @type {{ instance: Instance, tokens: Tokens } | null} */
let client = null

/** Lets this browser be woken for the client that is signed in, where the stack wakes anybody. @param {Stack} stack */
export function offerWakeUps({ vapidPublicKey }) {
  const publicKey = vapidPublicKey ?? ''
  find('#wake-ups', HTMLElement).hidden = publicKey === ''
  form.addEventListener('submit', (submission) => {
    submission.preventDefault()
    report(form, async () => {
      if (client === null) return ''
      const { instance, tokens } = client
      await wakeThisDevice({
        url: instance.url,
        getToken: (/** @type {object} */ wanted) => tokens.get(wanted),
        publicKey,
      })
      return `this browser is woken for ${tokens.client}`
    })
  })
  sleep.addEventListener('click', () =>
    report(form, async () => {
      if (client === null) return ''
      const { instance, tokens } = client
      await letThisDeviceSleep({ url: instance.url, getToken: (/** @type {object} */ wanted) => tokens.get(wanted) })
      return 'this browser is not woken any more'
    }),
  )
}

/** Sets the client that is woken; null when none is signed in. @param {{ instance: Instance, tokens: Tokens } | null} acting */
export function wakeFor(acting) {
  client = acting
  wake.disabled = sleep.disabled = acting === null
}
