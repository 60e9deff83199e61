import { find } from './find.js'
import { answerOf, findStack } from './stack.js'

/** @import { Instance } from './stack.js' */

const list = find('#instances', HTMLUListElement)
const lookMs = 1_000

/** The acts on an instance: the word on the button, and the states in which it is offered. */
const acts = [
  { act: 'stop', word: 'Stop', title: 'SIGTERM: it hands over what it can, and leaves', states: ['running'] },
  { act: 'kill', word: 'Kill', title: 'SIGKILL: it ends at once', states: ['running', 'stopping'] },
  { act: 'start', word: 'Start', title: 'Starts it again, where it was', states: ['stopped'] },
]

/**
 * Shows the instances with buttons that stop and start them, and looks at their states again and again. `onBack` is
 * called when an instance runs again.
 *
 * @param {Instance[]} instances @param {(instance: Instance) => void} onBack
 */
export function showInstances(instances, onBack) {
  const items = instances.map(({ name, url }, index) => itemOf(name, url, index + 1))
  list.append(...items.map(({ item }) => item))
  /** @param {Instance[]} latest */
  const show = (latest) => {
    for (const [index, instance] of latest.entries()) {
      if (items[index]?.show(instance)) onBack(instance)
    }
  }
  show(instances)
  const look = async () => {
    // Without an answer the whole stack has ended.
    if (!document.hidden) await findStack().then(({ instances }) => show(instances), showGone)
    setTimeout(look, lookMs)
  }
  const showGone = () => show(instances.map((instance) => ({ ...instance, state: 'stopped', ended: null })))
  setTimeout(look, lookMs)
  list.addEventListener('click', async ({ target }) => {
    if (!(target instanceof HTMLButtonElement) || target.ariaDisabled === 'true') return
    const { number, act } = target.dataset
    const answer = await fetch(`/dev/instances/${number}/${act}`, { method: 'POST' })
    show((await answerOf(answer)).instances)
  })
}

/** @param {string} name @param {string} url @param {number} number */
function itemOf(name, url, number) {
  const item = document.createElement('li')
  const words = document.createElement('span')
  const state = document.createElement('small')
  words.append(`${name} `, state)
  const buttons = acts.map(({ act, word, title, states }) => {
    const button = document.createElement('button')
    Object.assign(button, {
      type: 'button',
      className: 'small',
      textContent: word,
      title,
      ariaLabel: `${word} ${name}`,
    })
    Object.assign(button.dataset, { act, number })
    return { button, states }
  })
  const group = document.createElement('span')
  group.className = 'actions'
  group.append(...buttons.map(({ button }) => button))
  item.append(words, group)
  return {
    item,
    /** Returns whether the instance runs again. @param {Instance} instance */
    show(instance) {
      const isBack = (item.dataset.state ?? 'running') !== 'running' && instance.state === 'running'
      const said = wordsOf(instance, new URL(url).port)
      if (state.textContent !== said) state.textContent = said
      item.dataset.state = instance.state
      // Not `disabled`, which would take the focus away from the button that was pressed.
      for (const { button, states } of buttons) button.ariaDisabled = String(!states.includes(instance.state))
      return isBack
    },
  }
}

/** @param {Instance} instance @param {string} port */
function wordsOf({ state, ended }, port) {
  if (state === 'running') return `runs on port ${port}`
  if (state === 'stopped') return ended === null ? 'has ended' : `has ended: ${ended}`
  return state === 'stopping' ? 'is stopping …' : 'is starting …'
}
