import { isatty } from 'node:tty'
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Config } from './config.ts'
import { accessSentence } from './http/access-log.ts'
import { LineLimit } from './line-limit.ts'
import type { LogOutput } from './log-output.ts'

type LogSettings = Pick<Config, 'LOGGING_MODE' | 'LOG_LEVEL'> & Partial<Pick<Config, 'ACCESS_LOG'>>

/** The number of pino's level `error`. Lines of this level and above are about faults of the service. */
const errorLevel = pino.levels.values.error ?? 50

/** Lines about failed requests in 10 s: a client in a loop must not fill the disk. */
const maxFailedRequests = 1_000

interface Options {
  readonly now?: () => number
  /** Returns fields of every line: which one of several instances it is that writes to the same output. */
  readonly name?: () => object
}

/**
 * Opens the log. Each line has a fixed sentence and fields. Tokens, callback ids, passwords and notification bodies are
 * never fields, so they cannot leak through the log.
 *
 * The number of lines with one sentence is bounded (`LineLimit`), except that of the access log with `ACCESS_LOG=all`. Below the level `error` an error is written without
 * its stack, unless `LOG_LEVEL` is debug or trace: an unavailable database is not a fault of the code that called it.
 */
export function openLog(
  { LOGGING_MODE, LOG_LEVEL, ACCESS_LOG = 'errors' }: LogSettings,
  out: DestinationStream | LogOutput,
  { now = () => performance.now(), name }: Options = {},
): Logger {
  const level = LOG_LEVEL ?? (LOGGING_MODE === 'TEST' ? 'error' : 'info')
  const explains = level === 'debug' || level === 'trace'
  // An operator who wants every request in the log gets all of them.
  const maxRequests = ACCESS_LOG === 'all' ? Number.POSITIVE_INFINITY : maxFailedRequests
  const limit = new LineLimit(now, { [accessSentence]: maxRequests })
  const dropped = new DroppedLines()
  return pino(
    {
      level,
      base: null,
      ...(name === undefined ? {} : { mixin: name }),
      timestamp: stdTimeFunctions.isoTime,
      // The hook below has already replaced the error by its description.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(args, method, level) {
          const [fields, sentence] = args as unknown as [object, string?]
          const leftOut = explains || sentence === undefined ? 0 : limit.take(sentence)
          if (leftOut === null) return
          const said = described(fields, explains || level >= errorLevel)
          const left = { ...(leftOut > 0 ? { leftOut } : {}), ...dropped.since(out) }
          method.apply(this, [{ ...said, ...left }, ...args.slice(1)] as unknown as Parameters<typeof method>)
        },
      },
    },
    LOGGING_MODE === 'DEVELOPMENT' ? prettily(out) : out,
  )
}

/** Makes human-readable lines. */
function prettily(out: DestinationStream): DestinationStream {
  const pretty = prettyFactory({ translateTime: 'SYS:HH:MM:ss.l', colorize: isatty(1) })
  return { write: (line) => out.write(pretty(line)) }
}

/** Counts dropped lines, so that the next line can report their number. */
class DroppedLines {
  #told = 0

  since(out: DestinationStream | LogOutput): { dropped?: number } {
    const dropped = 'dropped' in out ? out.dropped - this.#told : 0
    if (dropped === 0) return {}
    this.#told += dropped
    return { dropped }
  }
}

function described(fields: object, withStack: boolean): object {
  return 'err' in fields ? { ...fields, err: describe(fields.err, withStack) } : fields
}

/** A chain of causes may be circular. */
const maxCauses = 5

/**
 * Returns the name, code, message and stack of an error and of its causes, and no other property: libraries attach
 * whole requests, with their headers and bodies, to the errors that they throw.
 */
function describe(error: unknown, withStack: boolean, causesAbove = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return {
    name,
    ...code,
    message,
    ...(withStack ? { stack } : {}),
    ...(cause === undefined || causesAbove === maxCauses ? {} : { cause: describe(cause, withStack, causesAbove + 1) }),
  }
}
