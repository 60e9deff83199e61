import { readFile } from 'node:fs/promises'
import { pause, systemClock } from '../adapters/clock.ts'
import type { SqsClients } from '../adapters/sqs/client.ts'
import { dlqUrl, findQueueUrl } from '../adapters/sqs/queue.ts'
import { receiptSender } from '../adapters/sqs/receipt-sender.ts'
import { sender } from '../adapters/sqs/send.ts'
import { UsageError } from '../command-line.ts'
import { readConfig } from '../config.ts'
import { wantedDlq } from '../modes/wanted-dlq.ts'
import { settings } from '../settings.ts'
import { destinationsOf, oneQueue } from './destinations.ts'
import { follow } from './follow.ts'
import { forwardAll } from './forward.ts'
import { LetterQueue } from './letter-queue.ts'
import { byMail } from './mail.ts'
import { type Options, receiptsOnly } from './options.ts'
import { receiptsOf } from './receipts.ts'
import { redriveAll, show, type Task } from './tasks.ts'
import type { Tell } from './tell.ts'
import { byWebhook } from './webhook.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface Needs {
  readonly env: Environment
  readonly sqs: Pick<SqsClients, 'acting' | 'bounded'>
  readonly signal: AbortSignal
  /** Writes a line of the result. */
  readonly print: (line: string) => void
  /** Writes a line about the work itself. */
  readonly say: (line: string) => void
}

/**
 * Carries out a command. Resolves with false when something that was asked for was not done; rejects when it cannot be
 * done at all.
 */
export async function carryOut(options: Options, { env, sqs, signal, print, say }: Needs): Promise<boolean> {
  const client = sqs.acting
  const queueUrl = options.queue ?? (await queueOfService(env, sqs))
  const { EVENT_ADDRESSEE_POINTER: pointer, SQS_GIVE_BACK_SECONDS: giveBack } = settings
  const letters = {
    addresseePointer: env.EVENT_ADDRESSEE_POINTER ? pointer.parse(env.EVENT_ADDRESSEE_POINTER) : pointer.fallback,
    giveBackSeconds: env.SQS_GIVE_BACK_SECONDS ? giveBack.parse(env.SQS_GIVE_BACK_SECONDS) : giveBack.fallback,
  }
  const look = () => new LetterQueue({ client, queueUrl, ...letters })
  const task: Task = { options, queueUrl, look, signal, print, say }
  switch (options.command) {
    case 'list':
    case 'show':
      return await show(task)
    case 'redrive': {
      await using destinations = options.to === null ? destinationsOf(readConfig(env), quiet) : oneQueue(options.to)
      return await redriveAll(task, { client, send: sender(sqs, systemClock), destinations })
    }
    case 'forward': {
      const queues = receiptQueuesOf(env)
      if (options.to === receiptsOnly && queues.size === 0) throw new UsageError('--to receipts needs RECEIPT_QUEUES')
      const receipts = receiptsOf({ queues, send: receiptSender(sqs), say })
      await using told = await tellingOf(options, env)
      const forward = () => forwardAll(task, { tell: told.tell, receipts })
      if (!options.follow) return (await forward()).failed === 0
      const wait = (ms: number, until: AbortSignal) => pause(systemClock, ms, until)
      const lookAgain = async () => {
        const { told: letters, receipts: sent } = await forward()
        return letters + sent > 0
      }
      await follow(lookAgain, { signal, say, pause: wait })
      return true
    }
    default:
      return options.command satisfies never
  }
}

/** Returns the dead-letter queue that the settings of the service mean. */
async function queueOfService(env: Environment, { acting }: Pick<SqsClients, 'acting'>): Promise<string> {
  const wanted = wantedDlq(readConfig(env))
  if (wanted.kind === 'none') throw new UsageError('the settings name no dead-letter queue: say which with --queue')
  const url = wanted.kind === 'given' ? await dlqUrl(acting, wanted.arn) : await findQueueUrl(acting, wanted.name)
  if (url === null) throw new Error(`there is no queue ${wanted.kind === 'given' ? wanted.arn : wanted.name}`)
  return url
}

async function tellingOf(
  { to, from, template }: Options,
  env: Environment,
): Promise<{ readonly tell: Tell | null } & AsyncDisposable> {
  const place = to ?? ''
  if (place === receiptsOnly) return { tell: null, async [Symbol.asyncDispose]() {} }
  const text = template === null ? null : await readFile(template, 'utf8')
  if (place.startsWith('mailto:')) {
    if (!env.SMTP_URL) throw new UsageError('a mail needs SMTP_URL in the environment, such as smtp://mail.example.org')
    const address = decodeURIComponent(place.slice('mailto:'.length))
    const tell = usable(() => byMail({ smtpUrl: env.SMTP_URL ?? '', from: from ?? '', to: address, text }))
    return { tell, [Symbol.asyncDispose]: () => tell[Symbol.asyncDispose]() }
  }
  const tell = usable(() => byWebhook({ url: place, secret: env.WEBHOOK_SECRET || null, text }))
  return { tell, async [Symbol.asyncDispose]() {} }
}

/** Returns the queues for receipts. Throws a `UsageError` when they are malformed. */
function receiptQueuesOf({ RECEIPT_QUEUES: given }: Environment): ReadonlyMap<string, string> {
  if (!given?.trim()) return settings.RECEIPT_QUEUES.fallback
  return usable(() => settings.RECEIPT_QUEUES.parse(given.trim()), 'RECEIPT_QUEUES: ')
}

/** Returns the thing that is made. A template or a setting that cannot be used is a mistake of the caller, a `UsageError`. */
function usable<T>(make: () => T, about = ''): T {
  try {
    return make()
  } catch (error) {
    throw new UsageError(`${about}${(error as Error).message}`)
  }
}

/** The command says itself what has failed. */
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
