import type { SQSClient } from '@aws-sdk/client-sqs'
import { isSqsError, reasonOf } from './sqs-error.ts'

/** Reasons that are counted by their names; the names of all others are one: `other`. */
const knownReasons = [
  'QueueDoesNotExist',
  'AccessDenied',
  'Throttling',
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ExpiredToken',
  'CredentialsProviderError',
  'InvalidParameterValue',
  'ServiceUnavailable',
  'other',
] as const
export type CallFailure = (typeof knownReasons)[number]

/** Calls of one operation. The SDK may have sent each of them twice. */
interface Calls {
  succeeded: number
  readonly failed: Map<CallFailure, number>
}

/** Counts the calls of SQS clients, by operation, and their failures, by reason. */
export class CallCounts {
  /** By the name that AWS gives the operation; there is an entry for each operation that was called. */
  readonly byOperation = new Map<string, Calls>()

  /** Counts every call of the client from now on. */
  watch(client: SQSClient): void {
    const send = client.send.bind(client) as (command: unknown, ...rest: unknown[]) => Promise<unknown>
    const counted = (command: unknown, ...rest: unknown[]) => {
      const calls = this.#of(command)
      const result = send(command, ...rest)
      result.then(
        () => {
          calls.succeeded += 1
        },
        (error: unknown) => {
          const reason = failureOf(error)
          calls.failed.set(reason, (calls.failed.get(reason) ?? 0) + 1)
        },
      )
      return result
    }
    client.send = counted as SQSClient['send']
  }

  #of(command: unknown): Calls {
    const operation = operationOf(command)
    const known = this.byOperation.get(operation)
    if (known) return known
    const calls: Calls = { succeeded: 0, failed: new Map() }
    this.byOperation.set(operation, calls)
    return calls
  }
}

/** Returns the name of the operation: the third part of a schema of the SDK. */
function operationOf(command: unknown): string {
  const { schema } = command as { schema?: readonly unknown[] }
  return typeof schema?.[2] === 'string' ? schema[2] : 'other'
}

/** Returns the reason of a failed call, one of a few whatever the error is called. */
export function failureOf(error: unknown): CallFailure {
  if (isSqsError(error, 'QueueDoesNotExist')) return 'QueueDoesNotExist'
  const reason = reasonOf(error)
  const found = knownReasons.find((known) => reason.includes(known))
  if (found !== undefined) return found
  if (/throttl/i.test(reason)) return 'Throttling'
  if (/timeout|timed ?out|abort/i.test(reason)) return 'TimeoutError'
  const status = (error as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode ?? 0
  return status >= 500 ? 'ServiceUnavailable' : 'other'
}
