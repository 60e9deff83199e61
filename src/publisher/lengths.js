/** What the service takes; whatever is longer would end in its dead-letter queue. In UTF-16 code units. */
const maxClientIdLength = 512
const maxTextLength = 256

/** @param {unknown} value @returns {value is string} Whether this can be the id of a client. */
export function isClientId(value) {
  return isPrintable(value, maxClientIdLength)
}

/** @param {unknown} value @returns {value is string} Whether this can be a subject, an id, or a reference. */
export function isShortText(value) {
  return isPrintable(value, maxTextLength)
}

/** @param {unknown} value @param {number} longest @returns {value is string} */
function isPrintable(value, longest) {
  if (typeof value !== 'string' || value === '' || value.length > longest) return false
  // No control characters, and no half of a surrogate pair.
  return !/\p{Cc}/u.test(value) && value.isWellFormed()
}
