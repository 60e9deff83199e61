/** The time for which a button says that it has copied. */
const saidMs = 2_000

/**
 * Shows below a form the line of a shell that does the same, with a button that copies it. Returns a function that brings
 * the line up to date; every change in the form does so too.
 *
 * @param {HTMLFormElement} form @param {string} name the form's, for screen readers @param {() => string} lineOf
 */
export function showLine(form, name, lineOf) {
  const group = document.createElement('div')
  const pre = document.createElement('pre')
  const code = document.createElement('code')
  const copy = document.createElement('button')
  Object.assign(group, { className: 'line', role: 'group', ariaLabel: `${name}: the same in a shell` })
  // The keyboard scrolls it.
  pre.tabIndex = 0
  Object.assign(copy, { type: 'button', className: 'small', textContent: 'Copy' })
  pre.append(code)
  group.append(pre, copy)
  form.append(group)
  const update = () => {
    const line = lineOf()
    if (code.textContent !== line) code.textContent = line
  }
  copy.addEventListener('click', async () => {
    const copied = await navigator.clipboard.writeText(code.textContent).then(
      () => true,
      () => false,
    )
    copy.textContent = copied ? 'Copied' : 'Not copied'
    setTimeout(() => {
      copy.textContent = 'Copy'
    }, saidMs)
  })
  for (const event of ['input', 'change']) form.addEventListener(event, update)
  update()
  return update
}
