import { parseArgs } from 'node:util'

export const usage = `usage: npm run dead-letters -- COMMAND [ID ...] [options]

commands
  list                  shows a line for each letter; nothing is taken or changed
  show ID ...           shows letters with their bodies
  redrive ID ...        sends letters to where their clients are now, and deletes them here
  forward [ID ...]      tells somebody of each letter, once; the letters stay

options
  --queue URL           the dead-letter queue (from the settings of the service)
  --addressee CLIENT    only letters for this client
  --subject TEXT        only letters with this subject
  --all                 redrive: all letters that the other options leave
  --limit N             at most so many letters (list: 100)
  --to PLACE            redrive: the URL of a queue (the intake queue, else the client's)
                        forward: mailto:ADDRESS, or the URL of a webhook
  --from ADDRESS        forward: the sender of mails
  --template FILE       forward: the text of a mail, or the JSON of a webhook, with {{id}}, {{addressee}}, ...
  --follow              forward: goes on until it is stopped
  --json                prints a JSON object a line
  --help                shows this text

environment
  SMTP_URL              the mail server: smtp:// or smtps://, with user and password
  WEBHOOK_SECRET        signs webhooks (Standard Webhooks)
  and the settings of the service (docs/operating.md)
`

const commands = ['list', 'show', 'redrive', 'forward'] as const
type Command = (typeof commands)[number]

/** The maximum of letters that `list` shows when nothing else is asked for. */
const defaultListed = 100

/** A command line that can be carried out. */
export interface Options {
  readonly command: Command
  readonly ids: ReadonlySet<string>
  readonly queue: string | null
  readonly addressee: string | null
  readonly subject: string | null
  readonly limit: number
  readonly to: string | null
  readonly from: string | null
  readonly template: string | null
  readonly follow: boolean
  readonly json: boolean
}

/** The command line cannot be carried out; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads the arguments; null when only help is asked for. Throws a `UsageError`. */
export function readOptions(args: readonly string[]): Options | null {
  const { values, positionals } = parsed(args)
  if (values.help) return null
  const [command, ...ids] = positionals
  if (!isCommand(command)) throw new UsageError(`the command must be one of ${commands.join(', ')}`)
  const { queue = null, addressee = null, subject = null, to = null, from = null, template = null } = values
  const { follow, json, all } = values
  const options: Options = {
    ...{ command, ids: new Set(ids), queue, addressee, subject, to, from, template, follow, json },
    limit: readLimit(values.limit, command),
  }
  const isNarrow = ids.length > 0 || addressee !== null || subject !== null
  if (command === 'show' && ids.length === 0) throw new UsageError('show needs the id of a letter')
  if (command === 'redrive' && !isNarrow && !all) {
    throw new UsageError('redrive needs ids, --addressee, --subject or --all')
  }
  if (command === 'forward' && to === null) throw new UsageError('forward needs --to')
  if (command === 'forward' && to !== null && !/^(mailto:.+@|https?:\/\/)/.test(to)) {
    throw new UsageError('--to must be mailto:ADDRESS or the URL of a webhook')
  }
  if (to?.startsWith('mailto:') && from === null) throw new UsageError('a mail needs --from')
  if (follow && command !== 'forward') throw new UsageError('--follow is for forward')
  return options
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  const given = { type: 'boolean', default: false } as const
  const options = {
    ...{ queue: text, addressee: text, subject: text, limit: text, to: text, from: text, template: text },
    ...{ all: given, follow: given, json: given, help: given },
  }
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readLimit(given: string | undefined, command: Command): number {
  if (given === undefined) return command === 'list' ? defaultListed : Number.POSITIVE_INFINITY
  const limit = Number(given)
  if (!/^\d+$/.test(given) || limit < 1) throw new UsageError('--limit must be a whole number of 1 or more')
  return limit
}

function isCommand(text: string | undefined): text is Command {
  return commands.some((command) => command === text)
}
