import { createHash } from 'node:crypto'

export interface FifoFields {
  readonly MessageGroupId?: string
  readonly MessageDeduplicationId?: string
}

/**
 * What a FIFO queue wants beside the message, and nothing for a standard queue. Group and deduplication id may be any
 * text here: SQS takes 128 characters of a small alphabet, so both are hashed.
 */
export function fifoFields(queueUrl: string, group: string, deduplication: string): FifoFields {
  if (!queueUrl.endsWith('.fifo')) return {}
  return { MessageGroupId: safe(group), MessageDeduplicationId: safe(deduplication) }
}

function safe(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
