import { type CommandLine, type Given, oneOf, UsageError, wholeNumber } from '../command-line.ts'

/** The form of `npm run dead-letters`. */
export const commandLine = {
  name: 'npm run dead-letters',
  about: 'Shows the letters of the dead-letter queue, sends them again, or tells somebody of them.',
  operands: [
    {
      name: 'COMMAND',
      about: 'list; show (with bodies); redrive (to where the clients are, and delete); forward (tell somebody, once)',
    },
    { name: 'ID', about: 'only the letters with these ids', isOptional: true, repeats: true },
  ],
  options: {
    queue: { about: 'the dead-letter queue; that of the settings of the service when absent', value: 'URL' },
    addressee: { about: 'only letters for this client', value: 'CLIENT' },
    subject: { about: 'only letters with this subject', value: 'TEXT' },
    all: { about: 'redrive: all letters that the other options leave' },
    limit: { about: 'at most so many letters; list: 100 when absent', value: 'N' },
    to: {
      about:
        'redrive: the URL of a queue; forward: mailto:ADDRESS (SMTP_URL), the URL of a webhook (WEBHOOK_SECRET), or ' +
        'receipts, for no more than the receipts that senders asked for',
      value: 'PLACE',
    },
    from: { about: 'forward: the sender of mails', value: 'ADDRESS' },
    template: {
      about: 'forward: the text of a mail, or the JSON of a webhook, with {{id}}, {{addressee}}, ...',
      value: 'FILE',
    },
    follow: { about: 'forward: go on until it is stopped' },
    json: { about: 'print a JSON object a line' },
  },
} as const satisfies CommandLine

/** The place of `forward` that tells nobody but the senders that asked for receipts. */
export const receiptsOnly = 'receipts'

const commands = ['list', 'show', 'redrive', 'forward'] as const

/** The maximum of letters that `list` shows when nothing else is asked for. */
const defaultListed = 100
/** More than a queue can have in flight. */
const maxLimit = 1_000_000

/** A command line that can be carried out. */
export interface Options {
  readonly command: (typeof commands)[number]
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

/** Reads the values of a command line. Throws a `UsageError`. */
export function readOptions({ values, operands }: Given<typeof commandLine.options>): Options {
  const { queue = null, addressee = null, subject = null, to = null, from = null, template = null } = values
  const { limit, all, follow, json } = values
  const [given = '', ...ids] = operands
  const command = oneOf('COMMAND', given, commands)
  const needs = (isMet: boolean, advice: string): void => {
    if (!isMet) throw new UsageError(advice)
  }
  const isNarrow = ids.length > 0 || addressee !== null || subject !== null
  needs(command !== 'show' || ids.length > 0, 'show needs the id of a letter')
  needs(command !== 'redrive' || isNarrow || all, 'redrive needs ids, --addressee, --subject or --all')
  needs(command !== 'forward' || to !== null, 'forward needs --to')
  const isPlace = to === null || to === receiptsOnly || /^(mailto:.+@.|https?:\/\/.)/.test(to)
  needs(command !== 'forward' || isPlace, '--to: expected mailto:ADDRESS, the URL of a webhook, or receipts')
  needs(!to?.startsWith('mailto:') || from !== null, 'a mail needs --from')
  needs(!follow || command === 'forward', '--follow is for forward')
  return {
    ...{ command, ids: new Set(ids), queue, addressee, subject, to, from, template, follow, json },
    limit: limit === undefined ? defaultLimit(command) : wholeNumber('limit', limit, { from: 1, to: maxLimit }),
  }
}

function defaultLimit(command: Options['command']): number {
  return command === 'list' ? defaultListed : maxLimit
}
