import type { TraceContext } from '../delivery/trace-context.ts'
import type { Spans } from './spans.ts'

interface Work {
  readonly name: string
  /** Without a trace no span is made. */
  readonly trace: TraceContext | null | undefined
}

/** Makes a span of work that is done with a notification. */
export async function within<Result>(
  spans: Spans,
  { name, trace }: Work,
  work: () => Promise<Result>,
  outcomeOf: (result: Result) => string,
): Promise<Result> {
  if (!trace) return work()
  const span = spans.start({ name, parent: trace, kind: 'consumer' })
  try {
    const result = await work()
    span.end({ 'notifications.outcome': outcomeOf(result) })
    return result
  } catch (error) {
    span.end({}, 'fault')
    throw error
  }
}
