import { type CommandLine, type Given, UsageError, wholeNumber } from '../command-line.ts'
import type { TokenOrigin } from './tokens.ts'

/** The longest time that the service allows a callback URL: 7 days. */
const maxTtlSeconds = 604_800
const maxTimeoutSeconds = 86_400

/** The form of the command; its name is as it was called, by npm or by its own. */
export function commandLineOf(name: string) {
  return {
    name,
    about:
      'Receives the notifications of a client and prints them, or passes each to an HTTP endpoint or a command. Acknowledges only those that were taken.',
    options: {
      url: { about: 'the address of the service', value: 'URL', fallback: 'http://127.0.0.1:8080' },
      token: { about: 'the bearer token; TOKEN of the environment when no token option is given', value: 'TOKEN' },
      'token-file': { about: 'a file with the token, read again when the service refuses the token', value: 'FILE' },
      'token-command': { about: 'a command that prints the token, run again when that is refused', value: 'COMMAND' },
      print: { about: 'print each notification to be read by a person, which is the default' },
      json: { about: 'print each notification as a line of JSON' },
      forward: {
        about: 'POST the body of each notification to this URL; taken at a status from 200 to 299',
        value: 'URL',
      },
      exec: {
        about: 'run this command with the body on its standard input; taken at its exit code 0',
        value: 'COMMAND',
      },
      attempts: {
        about: 'how often --forward and --exec try before others have their turn',
        value: 'N',
        fallback: '5',
      },
      timeout: { about: 'the limit of an attempt; 10 for --forward, none for --exec when absent', value: 'SECONDS' },
      count: { about: 'end after this many notifications', value: 'N' },
      'no-callback': { about: 'register no callback URL' },
      subject: { about: 'the subject of what is posted to the callback URL', value: 'TEXT' },
      'correlation-id': { about: 'the correlation id of what is posted to the callback URL', value: 'ID' },
      ttl: { about: 'how long the callback URL is valid; a new one follows', value: 'SECONDS', fallback: '86400' },
      keep: { about: 'leave the callback URL valid at the end' },
    },
  } as const satisfies CommandLine
}

/** The way in which a notification is taken. */
export type Taking =
  | { readonly kind: 'print' }
  | { readonly kind: 'json' }
  | { readonly kind: 'forward'; readonly url: string; readonly timeoutMs: number }
  | { readonly kind: 'exec'; readonly command: string; readonly timeoutMs: number | null }

/** The registration that is wanted. */
export interface WantedCallback {
  readonly subject: string | undefined
  readonly correlationId: string | undefined
  readonly ttlSeconds: number
  /** True when the URL stays valid after the command has ended. */
  readonly keep: boolean
}

/** A command line that was understood. */
export interface Asked {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: TokenOrigin
  readonly taking: Taking
  readonly attempts: number
  /** Null: until a signal comes. */
  readonly count: number | null
  /** Null: no callback URL. */
  readonly callback: WantedCallback | null
}

type Values = Given<ReturnType<typeof commandLineOf>['options']>['values']

/** Returns the command that the options and the environment ask for. Throws a `UsageError`. */
export function readOptions({ values }: { readonly values: Values }, env: NodeJS.ProcessEnv): Asked {
  const { count, keep, subject } = values
  return {
    url: httpUrl('url', values.url).replace(/\/$/, ''),
    token: tokenOrigin(values, env),
    taking: taking(values),
    attempts: wholeNumber('attempts', values.attempts, { from: 1, to: 100 }),
    count: count === undefined ? null : wholeNumber('count', count, { from: 1, to: Number.MAX_SAFE_INTEGER }),
    callback: values['no-callback']
      ? null
      : {
          ...{ subject, keep, correlationId: values['correlation-id'] },
          ttlSeconds: wholeNumber('ttl', values.ttl, { from: 1, to: maxTtlSeconds }),
        },
  }
}

function tokenOrigin(values: Values, env: NodeJS.ProcessEnv): TokenOrigin {
  const { token, 'token-file': path, 'token-command': command } = values
  onlyOne({ token, 'token-file': path, 'token-command': command })
  if (path !== undefined) return { kind: 'file', path }
  if (command !== undefined) return { kind: 'command', command }
  const given = token ?? env.TOKEN
  if (!given) throw new UsageError('A token is missing: give --token-file, --token-command, --token or TOKEN')
  return { kind: 'fixed', token: given }
}

function taking(values: Values): Taking {
  const { print, json, forward, exec, timeout } = values
  onlyOne({ print, json, forward, exec })
  const timeoutMs =
    timeout === undefined ? null : wholeNumber('timeout', timeout, { from: 1, to: maxTimeoutSeconds }) * 1000
  if (forward !== undefined) {
    return { kind: 'forward', url: httpUrl('forward', forward), timeoutMs: timeoutMs ?? 10_000 }
  }
  if (exec !== undefined) return { kind: 'exec', command: exec, timeoutMs }
  if (timeoutMs !== null) throw new UsageError('--timeout is for --forward and --exec')
  return { kind: json ? 'json' : 'print' }
}

/** Throws a `UsageError` when several of these options are given. */
function onlyOne(options: Readonly<Record<string, string | boolean | undefined>>): void {
  const [first, second] = Object.keys(options).filter((name) => options[name] !== undefined && options[name] !== false)
  if (second !== undefined) throw new UsageError(`--${first} and --${second} exclude each other`)
}

function httpUrl(option: string, text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError(
      `--${option}: expected a URL that begins with http:// or https:// and has no password, got "${text}"`,
    )
  }
  return text
}
