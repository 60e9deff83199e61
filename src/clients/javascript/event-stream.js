/** @import { Watchdog } from './waiting.js' */

/** In characters. The service accepts no body that comes near this length. */
const maxEventLength = 8_000_000

/**
 * Yields the events of a stream (WHATWG HTML, 9.2.6), and an empty event for each chunk that comes, as a sign of life.
 *
 * @param {ReadableStream<Uint8Array>} body @param {Watchdog} watch @param {number} idleMs
 */
export async function* eventsOf(body, watch, idleMs) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const empty = { type: '', data: '', id: '', retry: '' }
  let event = { ...empty }
  let rest = ''
  for (;;) {
    watch.within(idleMs)
    const { done, value } = await reader.read()
    // The stream is not read while a notification is being handled, so there is no deadline meanwhile.
    watch.within(Infinity)
    if (done) return
    yield empty
    // A carriage return at the end may be the first half of a line end.
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [, field, text = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
      if (field === 'data') event.data += event.data ? `\n${text}` : text
      else if (field === 'event') event.type = text
      else if (field === 'id' || field === 'retry') event[field] = text
      else if (line === '') {
        yield event
        event = { ...empty }
      }
    }
    if (rest.length + event.data.length > maxEventLength) throw new Error('The event is too long')
  }
}
