/** The longest that the names of all clients' queues may begin with; a dash follows. */
export const maxQueuePrefixLength: number

/**
 * The name of a client's queue: the prefix, a dash, and the client id, if that is made of letters, digits, dashes and
 * underscores and the name fits into the 80 characters that SQS allows. Any other id is encoded, as `x-` with its UTF-8
 * bytes in base64url or, where that is too long, as `h-` with their SHA-256 in base64url.
 *
 * No two client ids have the same name. Ids that look encoded are therefore encoded themselves; so are `dlq` and those
 * that end in `-dlq`, which is what dead-letter queues are called. Queue names and client ids are both case-sensitive.
 */
export function clientQueueName(prefix: string, clientId: string): string

/** The URL of a client's queue; `baseUrl` is `SQS_USER_QUEUE_BASE_URL`, whose last part the queue names begin with. */
export function clientQueueUrl(baseUrl: string, clientId: string): string

/** A base URL, taken apart: what the URLs of all clients' queues begin with, and what their names begin with. */
export function queueBase(baseUrl: string): { folder: string; prefix: string }
