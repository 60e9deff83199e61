/**
 * Whether SQS refused a call for this reason. The SDK's classes do not tell: an error whose code comes with the prefix
 * of the older protocol (`AWS.SimpleQueueService.`) is often of none of them.
 */
export function isSqsError(error: unknown, ...codes: readonly SqsErrorCode[]): boolean {
  if (!(error instanceof Error)) return false
  const code = error.name.slice(error.name.lastIndexOf('.') + 1)
  return codes.some((wanted) => code === wanted || code === olderNames[wanted])
}

export type SqsErrorCode =
  | 'QueueDoesNotExist'
  | 'QueueNameExists'
  | 'QueueDeletedRecently'
  | 'InvalidMessageContents'
  | 'InvalidParameterValue'
  | 'BatchRequestTooLong'

/**
 * Whether SQS has answered and refused the call for what it asks, so that the same call would be refused again: SQS is
 * neither out of reach nor too busy.
 */
export function isRefusal(error: unknown): boolean {
  if (isSqsError(error, 'QueueDoesNotExist')) return true
  if (!(error instanceof Error) || /throttl/i.test(error.name)) return false
  const { $metadata: { httpStatusCode: status = 0 } = {} } = error as { $metadata?: { httpStatusCode?: number } }
  return status >= 400 && status < 500 && status !== 429
}

const olderNames: Partial<Record<SqsErrorCode, string>> = {
  QueueDoesNotExist: 'NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
}

/** Returns a code or a name, of the cause where the error has none; never the message: readiness shows it to everybody. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'Error' && error.cause instanceof Error) return reasonOf(error.cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
