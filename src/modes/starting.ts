import { OutageLog } from '../delivery/outage-log.ts'
import type { Clock, Log } from '../delivery/ports.ts'

/** The pause between two tries of a start doubles each time, from the first to the maximum. */
const firstPauseMs = 250
const maxPauseMs = 5_000

/**
 * Codes and names of errors that no waiting can mend. PostgreSQL: no such database, rejected role or password, missing
 * rights, missing or foreign tables (https://www.postgresql.org/docs/current/errcodes-appendix.html). SQS: a queue that
 * the settings name and that does not exist, or a setting that SQS refuses.
 */
const permanent = new Set([
  '3D000',
  '28000',
  '28P01',
  '42501',
  '42P01',
  '42P07',
  '3F000',
  'QueueDoesNotExist',
  'NonExistentQueue',
  // A file that the settings name and that cannot be read. One that is missing may be mounted later.
  'EACCES',
  'EISDIR',
  'ENOTDIR',
  'InvalidAddress',
  'InvalidAttributeValue',
  'InvalidParameterValue',
])

/** Errors of the network, of a server that is starting, full, failing over or shutting down, and of time limits. */
const passing =
  /^(E[A-Z]+|EAI_AGAIN|08\w{3}|53\w{3}|57\w{3}|58\w{3}|25006|CONNECT\w*|CONNECTION_\w+|.*Timeout\w*|.*Throttl\w*|AccessDenied\w*|ServiceUnavailable|QueueDeletedRecently|InternalError|InternalFailure|ExpiredToken\w*|CredentialsProviderError|KMS\w*)$/

/** PgBouncer has one code for everything, and these words for a login that it or the server refuses. */
const refusedByPooler = /authentication failed|no such (user|database)|(role|database) ".*" does not exist/

/** Whether waiting may mend what an error or one of its causes says. */
export function mayPass(error: unknown): boolean {
  const words: string[] = []
  let cause: unknown = error
  for (let depth = 0; depth < 8 && cause instanceof Error; depth++, cause = cause.cause) {
    const { code, name } = cause as Error & { code?: unknown }
    if (typeof code === 'string') words.push(code)
    // Without the prefix of the older protocol, `AWS.SimpleQueueService.`.
    words.push(name.slice(name.lastIndexOf('.') + 1))
    if (code === '08P01' && refusedByPooler.test(cause.message)) words.push('28000')
    if (/^no answer within \d+ ms$/.test(cause.message)) words.push('Timeout')
    const status = (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0
    if (status >= 500 || status === 429) words.push('ServiceUnavailable')
  }
  return !words.some((word) => permanent.has(word)) && words.some((word) => passing.test(word))
}

interface Needs {
  readonly clock: Clock
  readonly random: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly log: Log
  /**
   * The time of a try that is under way when its start is called off. A try that makes something needs time to be done, since
   * somebody has to take that down again; a try that only looks needs none.
   */
  readonly lastTryMs: number
}

/**
 * Tries `begin` again and again while PostgreSQL or SQS is away, and says so. Rejects with the error when waiting cannot
 * mend it, and with the reason of the signal when the start is called off: at the latest `lastTryMs` after that,
 * since SQS may keep a try waiting for a minute. Such a try goes on by itself.
 */
export async function untilBegun(
  begin: () => Promise<void>,
  { clock, random, sleep, log, lastTryMs }: Needs,
  signal: AbortSignal,
): Promise<void> {
  const outage = new OutageLog({
    clock,
    log,
    failing: 'the start waits for PostgreSQL or SQS and is tried again; until then the instance is not ready',
    recovered: 'PostgreSQL and SQS answer, and the start goes on',
  })
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
    signal.throwIfAborted()
    try {
      await unlessCalledOff(begin(), { clock, lastTryMs }, signal)
      outage.worked()
      return
    } catch (error) {
      if (!mayPass(error)) throw error
      outage.failed(error)
    }
    await sleep(pauseMs * (1 - random() / 4), signal)
  }
}

/** Resolves or rejects as the work does; rejects with the reason of the signal `lastTryMs` after it has aborted. */
async function unlessCalledOff(
  work: Promise<void>,
  { clock, lastTryMs }: Pick<Needs, 'clock' | 'lastTryMs'>,
  signal: AbortSignal,
): Promise<void> {
  const calledOff = Promise.withResolvers<never>()
  let cancel = () => {}
  const onAbort = () => {
    cancel = clock.after(lastTryMs, () => calledOff.reject(signal.reason))
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([work, calledOff.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    cancel()
  }
}
