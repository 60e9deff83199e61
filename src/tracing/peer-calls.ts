import type { CallPeer } from '../adapters/relay/relay.ts'
import type { Spans } from './spans.ts'

/**
 * Makes a span of each call to another instance. It is in the trace of the first notification and linked to those of the
 * others, since one call carries what came within the same couple of milliseconds. A call without a trace has no span.
 */
export function tracedCalls(spans: Spans): CallPeer {
  return async ([parent, ...links], call) => {
    if (parent === undefined) return call(null)
    const span = spans.start({ name: 'POST /internal/relay', parent, links, kind: 'client' })
    try {
      const result = await call(span.trace)
      span.end()
      return result
    } catch (error) {
      span.end({}, 'fault')
      throw error
    }
  }
}
