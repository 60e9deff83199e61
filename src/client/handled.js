/** How many ids are remembered. */
const maxHandled = 1000

/** Keeps the ids of the notifications that were handled last. @param {Set<string>} handled @param {string} id */
export function remember(handled, id) {
  handled.add(id)
  const [oldest = ''] = handled
  if (handled.size > maxHandled) handled.delete(oldest)
}
