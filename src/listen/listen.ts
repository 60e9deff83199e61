import { type Notification, Notifications } from '../clients/javascript/client.js'
import { exitCodes, runCommand } from '../command-line.ts'
import { onStopSignals } from '../stop-signals.ts'
import { reasonOf, withAttempts } from './attempts.ts'
import { offerCallbackUrl } from './callback-url.ts'
import { execute } from './execute.ts'
import { forward } from './forward.ts'
import { type Asked, commandLineOf, readOptions, type Taking } from './options.ts'
import { jsonLine, readable, write } from './print.ts'
import { Tokens } from './tokens.ts'

interface Called {
  /** The command as it was typed, for its help. */
  readonly name: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/**
 * Runs the command; resolves with its exit code. Notifications go to the standard output, and all else that it says to the
 * standard error.
 */
export function listen({ name, args, env }: Called): Promise<number> {
  return runCommand(commandLineOf(name), (given) => readOptions(given, env), receive, args)
}

const say = (line: string) => console.error(line)
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/**
 * Receives until a signal comes, the count is reached, nobody reads the output, or the service refuses for good. The
 * notification that is being taken then is taken to its end and acknowledged; a second signal does not wait for that.
 */
async function receive(asked: Asked): Promise<number> {
  const { url, count } = asked
  const stopping = new AbortController()
  const ending = new AbortController()
  onStopSignals({
    first: () => stopping.abort(),
    second() {
      ending.abort()
      process.exit(exitCodes.interrupted)
    },
  })
  process.stdout.on('error', () => stopping.abort())
  const tokens = new Tokens(asked.token)
  let token: string | null
  try {
    token = await tokens.current()
  } catch (error) {
    say(`There is no token: ${reasonOf(error)}`)
    return exitCodes.failure
  }
  const getToken = async ({ refresh }: { readonly refresh: boolean }) => {
    token = refresh ? await tokens.replace(token) : await tokens.current()
    return token
  }
  const take = takerOf(asked, { stopping: stopping.signal, ending: ending.signal })
  const source = new Notifications({ url, getToken, signal: stopping.signal })
  let taken = 0
  let hasFailed = false
  let isAway = false
  source.addEventListener('notification', ({ notification, waitUntil }) => {
    const done = take(notification).then(() => {
      taken += 1
      if (taken === count) stopping.abort()
    })
    waitUntil(done)
  })
  source.addEventListener('error', ({ error, retryInMs }) => {
    hasFailed = retryInMs === null
    isAway ||= error.code !== 'ERROR_HANDLER'
    if (!stopping.signal.aborted) say(sentenceOf(error, retryInMs))
  })
  source.addEventListener('open', () => {
    if (isAway) say('The service answers again.')
    isAway = false
  })
  const closed = new Promise((resolve) => source.addEventListener('close', resolve))
  say(`Listening at ${url}.`)
  source.start()
  const { callback: wanted } = asked
  const offering = wanted && offerCallbackUrl({ url, tokens, wanted, signal: stopping.signal, say })
  await closed
  stopping.abort()
  await offering
  return hasFailed ? exitCodes.failure : exitCodes.ok
}

function sentenceOf({ code, message, cause }: Error & { readonly code: string }, retryInMs: number | null): string {
  if (code === 'ERROR_HANDLER') return `It is not acknowledged, and comes again in ${seconds(retryInMs ?? 0)} or later.`
  const reason = cause === undefined ? message : `${message}: ${reasonOf(cause)}`
  if (code === 'ERROR_NO_TOKEN') return 'The service refuses the token, and there is no other.'
  return `${code}: ${reason}. ${retryInMs === null ? 'Trying again would be useless.' : `Trying again in ${seconds(retryInMs)}.`}`
}

interface Signals {
  /** No further attempt begins. */
  readonly stopping: AbortSignal
  /** The attempt under way ends. */
  readonly ending: AbortSignal
}

/** Returns the function that takes a notification; it rejects when the notification is not to be acknowledged. */
function takerOf({ taking, ...asked }: Asked, { stopping, ending }: Signals) {
  // A line that cannot be printed now cannot be printed later.
  const attempts = taking.kind === 'print' || taking.kind === 'json' ? 1 : asked.attempts
  return async (notification: Notification): Promise<void> => {
    const { id } = notification
    const onFailure = (error: unknown, pauseMs: number) =>
      say(`Notification ${id} was not taken (${reasonOf(error)}); trying again in ${seconds(pauseMs)}.`)
    try {
      await withAttempts(() => attempt(notification, taking, ending), { attempts, signal: stopping, onFailure })
    } catch (error) {
      say(`Notification ${id} was not taken: ${reasonOf(error)}.`)
      throw error
    }
  }
}

function attempt(notification: Notification, taking: Taking, signal: AbortSignal): Promise<void> {
  switch (taking.kind) {
    case 'print':
      return write(process.stdout, readable(notification))
    case 'json':
      return write(process.stdout, jsonLine(notification))
    case 'forward':
      return forward(notification, { ...taking, signal })
    case 'exec':
      return execute(notification, { ...taking, signal })
    default:
      return taking satisfies never
  }
}
