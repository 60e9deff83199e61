import { factsOf, type Letter, type LetterFacts } from './letter.ts'
import type { LetterQueue } from './letter-queue.ts'
import type { Options } from './options.ts'
import { type RedriveNeeds, redrive } from './redrive.ts'

/** A command with what it needs. */
export interface Task {
  readonly options: Options
  readonly queueUrl: string
  /** Begins a look through the queue. */
  readonly look: () => LetterQueue
  readonly signal: AbortSignal
  readonly print: (line: string) => void
  readonly say: (line: string) => void
}

/** Progress is told after so many letters. */
const progressEvery = 100

/** Prints letters. Resolves with false when one that was asked for by its id is not there. */
export async function show(task: Task): Promise<boolean> {
  const { options, print, say } = task
  const found = new Set<string>()
  const count = await each(task, async (letter) => {
    const facts = factsOf(letter)
    found.add(facts.id)
    if (options.json) print(JSON.stringify(facts))
    else print(options.command === 'show' ? page(facts) : line(facts))
  })
  if (!options.json) say(count === 1 ? '1 letter' : `${count} letters`)
  const missing = [...options.ids].filter((id) => !found.has(id))
  for (const id of missing) say(`${id}: not in the queue, or held by another reader at the moment`)
  return missing.length === 0
}

/** Sends letters to their clients. Resolves with false when one of them stays in the queue. */
export async function redriveAll(task: Task, needs: RedriveNeeds): Promise<boolean> {
  const counts = { sent: 0, absent: 0, invalid: 0, expired: 0, failed: 0 }
  await each(task, async (letter, queue) => {
    let result: Result & { readonly kind: keyof typeof counts }
    try {
      result = await redrive(letter, queue, needs)
    } catch (error) {
      result = { kind: 'failed', error: messageOf(error) }
    }
    counts[result.kind] += 1
    report(task, letter, result)
  })
  const { sent, absent, invalid, expired, failed } = counts
  const old = expired === 0 ? '' : `, ${expired} expired`
  task.say(
    `${sent} sent; ${absent} for clients that are nowhere, ${invalid} invalid${old} and ${failed} failed: they stay`,
  )
  return absent + invalid + expired + failed === 0 && (sent > 0 || task.options.ids.size === 0)
}

/** Does the work with each letter that the options mean, one after the other. Resolves with their number. */
export async function each(
  { options, look, signal, say }: Task,
  work: (letter: Letter, queue: LetterQueue) => Promise<void>,
  isMeant: (letter: Letter) => boolean = () => true,
): Promise<number> {
  const missing = new Set(options.ids)
  let looked = 0
  let worked = 0
  await using queue = look()
  for await (const letter of queue.letters(signal)) {
    looked += 1
    if (looked % progressEvery === 0) say(`${looked} letters looked at`)
    if (!matches(letter, options) || !isMeant(letter)) continue
    missing.delete(letter.id)
    missing.delete(letter.message.MessageId ?? '')
    worked += 1
    await work(letter, queue)
    if (worked >= options.limit || (options.ids.size > 0 && missing.size === 0)) break
  }
  return worked
}

function matches(letter: Letter, { ids, addressee, subject }: Options): boolean {
  const facts = factsOf(letter)
  if (ids.size > 0 && !ids.has(facts.id) && !ids.has(facts.messageId)) return false
  return (addressee ?? facts.addressee) === facts.addressee && (subject ?? facts.subject) === facts.subject
}

/** The result for one letter, as it is printed. */
interface Result {
  readonly kind: string
  readonly queueUrl?: string
  /** The name of a queue of `RECEIPT_QUEUES`. */
  readonly queue?: string
  readonly error?: string
}

/** Prints the result for one letter. */
export function report({ options, print }: Task, { id, message }: Letter, result: Result): void {
  const { kind, ...rest } = result
  if (options.json) print(JSON.stringify({ id, messageId: message.MessageId, result: kind, ...rest }))
  else print([id, kind, ...Object.values(rest)].join('  '))
}

function line({ id, addressee, subject, sentAt, reason, forwardedAt }: LetterFacts): string {
  const told = forwardedAt === null ? [] : [`told ${forwardedAt}`]
  return [sentAt, id, addressee ?? '-', subject ?? '-', reason, ...told].map(printable).join('  ')
}

function page({ body, ...facts }: LetterFacts): string {
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${printable(String(value ?? '-'))}`)
  return `${lines.join('\n')}\n\n${body}\n`
}

/** Without control characters, which a terminal would obey. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}

/** Returns the reason of a failure, with its cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
