/**
 * The limits of the service, in UTF-16 code units. A notification with longer values would end in the dead-letter
 * queue.
 */
const maxClientIdLength = 512
const maxTextLength = 256

/** @param {unknown} value @returns {value is string} Whether the value can be the id of a client. */
export function isClientId(value) {
  return isPrintable(value, maxClientIdLength)
}

/** @param {unknown} value @returns {value is string} Whether the value can be a subject, an id or a reference. */
export function isShortText(value) {
  return isPrintable(value, maxTextLength)
}

/** @param {unknown} value @param {number} maxLength @returns {value is string} */
function isPrintable(value, maxLength) {
  if (typeof value !== 'string' || value === '' || value.length > maxLength) return false
  // No control characters, and no lone surrogates.
  return !/\p{Cc}/u.test(value) && value.isWellFormed()
}
