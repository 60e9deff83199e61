/**
 * Writes the outcome of an act below its form, or why it failed.
 *
 * @param {HTMLFormElement} form @param {() => Promise<string>} act
 */
export async function report(form, act) {
  const output = form.querySelector('output')
  if (output === null) return
  try {
    output.textContent = await act()
    output.className = ''
  } catch (error) {
    output.textContent = wordsOf(error)
    output.className = 'failed'
  }
}

/** A browser says of a server that does not answer no more than "Failed to fetch". @param {unknown} error */
function wordsOf(error) {
  if (error instanceof TypeError) return `No answer: does the instance run? (${error.message})`
  return error instanceof Error ? error.message : String(error)
}
