import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from './config.ts'

/**
 * Opens the log. Each line has a fixed sentence and fields. Tokens, callback ids, passwords and notification bodies are
 * never fields, so they cannot leak through the log.
 */
export function openLog(
  { LOGGING_MODE, LOG_LEVEL }: Pick<Config, 'LOGGING_MODE' | 'LOG_LEVEL'>,
  out?: DestinationStream,
): Logger {
  const level = LOG_LEVEL ?? (LOGGING_MODE === 'TEST' ? 'error' : 'info')
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown) => describe(error) },
  }
  if (out !== undefined) return pino(options, out)
  if (LOGGING_MODE !== 'DEVELOPMENT') return pino(options, pino.destination({ dest: 1, sync: true }))
  return pino(options, pretty({ sync: true, translateTime: 'SYS:HH:MM:ss.l', colorize: process.stdout.isTTY === true }))
}

/** A chain of causes may be circular. */
const maxCauses = 5

/**
 * Returns the name, code, message and stack of an error and of its causes, and no other property: libraries attach
 * whole requests, with their headers and bodies, to the errors that they throw.
 */
function describe(error: unknown, causesAbove = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return {
    name,
    ...code,
    message,
    stack,
    ...(cause === undefined || causesAbove === maxCauses ? {} : { cause: describe(cause, causesAbove + 1) }),
  }
}
