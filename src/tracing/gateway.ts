import type { TraceContext } from '../delivery/trace-context.ts'
import type { Gateway } from '../modes/mode.ts'
import type { Spans } from './spans.ts'
import { within } from './within.ts'

/** Makes a span of storing each publication and callback, and of telling the instance that has its addressee. */
export function tracedGateway(gateway: Gateway, spans: Spans): Gateway {
  const { publishing, callbacks, dispatcher } = gateway
  const store = (trace: TraceContext | null | undefined) => ({ name: 'store notification', trace })
  return {
    ...gateway,
    publishing: {
      keepsOrder: publishing.keepsOrder,
      insert: (publication) =>
        within(
          spans,
          store(publication.trace),
          () => publishing.insert(publication),
          ({ kind }) => kind,
        ),
    },
    callbacks: {
      accept: (callback) =>
        within(
          spans,
          store(callback.trace),
          () => callbacks.accept(callback),
          ({ kind }) => kind,
        ),
    },
    dispatcher: {
      reachOf: (addressee) => dispatcher.reachOf(addressee),
      dispatch: (row) =>
        within(
          spans,
          { name: 'relay notification', trace: row.notification.trace },
          () => dispatcher.dispatch(row),
          (reach) => reach,
        ),
    },
  }
}
