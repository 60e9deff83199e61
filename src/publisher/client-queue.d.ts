/** The maximum length of the prefix of all clients' queue names; a dash follows the prefix. */
export const maxQueuePrefixLength: number

/**
 * The name of a client's queue: the prefix, a dash, and the client id, if that is made of letters, digits, dashes and
 * underscores and the name fits into the 80 characters that SQS allows. Any other id is encoded, as `x-` with its UTF-8
 * bytes in base64url or, where that is too long, as `h-` with their SHA-256 in base64url.
 *
 * Different client ids have different queue names. Therefore ids that look encoded are encoded themselves, and so are
 * `dlq` and ids that end in `-dlq`, the form of the names of dead-letter queues. Queue names and client ids are both
 * case-sensitive.
 */
export function clientQueueName(prefix: string, clientId: string): string

/**
 * The URL of a client's queue. `baseUrl` is `SQS_USER_QUEUE_BASE_URL`; its last part is the prefix of the queue names.
 */
export function clientQueueUrl(baseUrl: string, clientId: string): string

/** Splits a base URL into the folder that the URLs of all clients' queues begin with, and the prefix of their names. */
export function queueBase(baseUrl: string): { folder: string; prefix: string }
