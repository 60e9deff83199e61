const eventStream = 'text/event-stream'

/**
 * Returns whether an `Accept` header asks for a stream: it names server-sent events, and does not prefer
 * `application/json` (RFC 9110, 12.5.1). Ranges such as `text/*` do not ask for a stream.
 */
export function wantsEventStream(accept: string | undefined): boolean {
  // Nearly every poll ends here.
  if (accept === undefined || !accept.toLowerCase().includes(eventStream)) return false
  const wanted = preferenceFor(accept, eventStream)
  return wanted > 0 && wanted >= preferenceFor(accept, 'application/json')
}

/** Returns the weight, 0 to 1, that a header such as `Accept` or `Accept-Encoding` gives to a name; 0 when it does not name it. */
export function preferenceFor(accept: string, type: string): number {
  for (const range of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim())
    if (name !== type) continue
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))
    const value = weight === undefined ? 1 : Number(weight.slice(weight.indexOf('=') + 1))
    return value >= 0 && value <= 1 ? value : 0
  }
  return 0
}
