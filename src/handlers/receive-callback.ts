import type { Handler, Input } from '../contract/operations.ts'
import type { AcknowledgementWaits } from '../delivery/intake/acknowledgement-waits.ts'
import type { Callbacks, Digest } from '../delivery/intake/callbacks.ts'
import { addresseeFull, type IntakeLimits } from '../delivery/intake/limits.ts'
import { isReference } from '../delivery/notification.ts'
import type { Dispatcher } from '../delivery/ports.ts'
import { Refusal } from '../delivery/refusal.ts'
import { publisherWait } from './publisher-wait.ts'

interface Needs {
  readonly callbacks: Callbacks
  readonly dispatcher: Dispatcher
  readonly limits: IntakeLimits
  readonly digest: Digest
  /** Callers that wait for an acknowledgement; null where none can be known. */
  readonly waits: AcknowledgementWaits | null
}

/**
 * Stores a callback as a notification, and then dispatches it. Ids of every form are treated alike, to reveal nothing.
 */
export function receiveCallback({ callbacks, dispatcher, limits, digest, waits }: Needs): Handler<'receiveCallback'> {
  return async ({ path, headers, body }, { trace, onHangUp }) => {
    const idempotencyKey = keyOf(headers)
    const wait = publisherWait(headers?.prefer, waits, onHangUp)
    const url = digest(path.id)
    limits.callback(url)
    const contentType = isReference(body.contentType) ? body.contentType : null
    const outcome = await callbacks.accept({
      callbackId: path.id,
      digest: url,
      idempotencyKey,
      body: body.bytes,
      contentType,
      trace,
      receipt: wait.asking(null),
    })
    switch (outcome.kind) {
      case 'stored': {
        const { id, addressee } = outcome.row.notification
        limits.learn(url, addressee)
        wait.begin({ addressee, id }, { knownBefore: false })
        return wait.answer({ id, status: await dispatcher.dispatch(outcome.row), duplicate: false })
      }
      case 'duplicate': {
        const { id, addressee } = outcome
        limits.learn(url, addressee)
        wait.begin({ addressee, id }, { knownBefore: true })
        return wait.answer({ id, status: await dispatcher.reachOf(addressee), duplicate: true })
      }
      case 'unknown':
        limits.forget(url)
        throw new Refusal('ERROR_NOT_FOUND')
      case 'gone':
        throw new Refusal('ERROR_GONE')
      case 'full':
        throw addresseeFull()
      default:
        return outcome satisfies never
    }
  }
}

function keyOf(headers: Input<'receiveCallback'>['headers']): string | null {
  const key = headers?.['idempotency-key'] || headers?.['webhook-id'] || null
  if (key === null || isReference(key)) return key
  const message = 'The idempotency key must have at most 256 characters and no control characters'
  throw new Refusal('ERROR_INVALID_ARGUMENT', { message })
}
