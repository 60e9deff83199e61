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

const olderNames: Partial<Record<SqsErrorCode, string>> = {
  QueueDoesNotExist: 'NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
}

/** A code or a name, never the message: readiness shows it to everybody. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
