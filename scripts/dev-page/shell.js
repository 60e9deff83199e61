/**
 * Returns a word of a POSIX shell that stands for this text, whatever is in it: between single quotes nothing is special
 * but the single quote itself.
 *
 * @param {string} text
 */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * Returns the parameters as the query of a URL, without any character that is special in a shell, or to curl, which gives
 * a meaning to brackets and braces. Empty values are left out.
 *
 * @param {Record<string, string>} values
 */
export function queryOf(values) {
  const parts = Object.entries(values).filter(([, value]) => value !== '')
  return parts.map(([name, value]) => `${name}=${urlPart(value)}`).join('&')
}

/** @param {string} text */
export function urlPart(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
