/**
 * Returns an element of the page, which must exist.
 *
 * @template {Element} T @param {string} selector @param {new () => T} type
 */
export function find(selector, type) {
  const found = document.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`)
  return found
}

/**
 * Returns a field of the form, which must exist.
 *
 * @param {HTMLFormElement} form @param {string} name @returns {{ value: string }}
 */
export function field(form, name) {
  const found = form.elements.namedItem(name)
  if (found === null || !('value' in found)) throw new Error(`the form has no ${name}`)
  return found
}
