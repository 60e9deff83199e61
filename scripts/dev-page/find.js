/** The element of the page that must be there. @template {Element} T @param {string} selector @param {new () => T} type */
export function find(selector, type) {
  const found = document.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`)
  return found
}

/** A field of the form. @param {HTMLFormElement} form @param {string} name @returns {{ value: string }} */
export function field(form, name) {
  const found = form.elements.namedItem(name)
  if (found === null || !('value' in found)) throw new Error(`the form has no ${name}`)
  return found
}
