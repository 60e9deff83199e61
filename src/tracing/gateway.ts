import type { TraceContext } from '../delivery/trace-context.ts'
import type { Gateway } from '../modes/mode.ts'
import type { Spans } from './spans.ts'

/** Makes a span of storing each publication and callback, and of telling the instance that has its addressee. */
export function tracedGateway(gateway: Gateway, spans: Spans): Gateway {
  const { publishing, callbacks, dispatcher } = gateway
  const within = async <Result>(
    name: string,
    trace: TraceContext | null | undefined,
    work: () => Promise<Result>,
    outcomeOf: (result: Result) => string,
  ): Promise<Result> => {
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
  return {
    ...gateway,
    publishing: {
      keepsOrder: publishing.keepsOrder,
      insert: (publication) =>
        within(
          'store notification',
          publication.trace,
          () => publishing.insert(publication),
          ({ kind }) => kind,
        ),
    },
    callbacks: {
      accept: (callback) =>
        within(
          'store notification',
          callback.trace,
          () => callbacks.accept(callback),
          ({ kind }) => kind,
        ),
    },
    dispatcher: {
      reachOf: (addressee) => dispatcher.reachOf(addressee),
      dispatch: (row) =>
        within(
          'relay notification',
          row.notification.trace,
          () => dispatcher.dispatch(row),
          (reach) => reach,
        ),
    },
  }
}
