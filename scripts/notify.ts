/**
 * `npm run notify -- CLIENT BODY`: sends a notification as any sender does, to the intake queue. It reaches the client at
 * whichever instance it is, and waits for it while it is away. With `--wait` it is published over HTTP instead, since a queue
 * has no answer.
 */
import { exitCodes, runCommand, UsageError, wholeNumber } from '../src/command-line.ts'
import { instantOf } from '../src/delivery/intake/instant.ts'
import { type Message, publish, sendMessage, sqsClient } from './stack/publisher.ts'
import { type RunningStack, runningStack } from './stack/running.ts'

/** A message, and for how many seconds to wait for its acknowledgement; null for not at all. */
interface Wanted {
  readonly message: Message
  readonly waitSeconds: number | null
}

process.exitCode = await runCommand(
  {
    name: 'npm run notify',
    about: 'Sends a notification to a client of the stack of npm run dev, by its intake queue; with --wait over HTTP.',
    operands: [
      { name: 'CLIENT', about: 'the id of the client' },
      { name: 'BODY', about: 'the text of the notification' },
    ],
    options: {
      subject: { about: 'the subject', value: 'TEXT', fallback: 'message' },
      id: { about: 'the id; a repeated one is the same notification', value: 'ID' },
      ttl: { about: 'after how many seconds it expires; never when absent', value: 'SECONDS' },
      'expires-at': { about: 'when it expires, such as 2036-11-21T21:15:03Z', value: 'TIME' },
      'receipt-to': {
        about:
          'the queue that is told what becomes of it, by its name in RECEIPT_QUEUES; that of npm run dev is receipts',
        value: 'NAME',
      },
      wait: {
        about: 'wait so long for its acknowledgement (mode 1), up to 30; exit with 1 if none comes',
        value: 'SECONDS',
      },
      'content-type': { about: 'the type of the body; application/json or text/plain when absent', value: 'TYPE' },
    },
  },
  ({ values, operands: [addressee = '', body = ''] }): Wanted => {
    const contentType = values['content-type'] ?? (isJson(body) ? 'application/json' : 'text/plain')
    const ttlSeconds =
      values.ttl === undefined ? undefined : wholeNumber('ttl', values.ttl, { from: 1, to: 999_999_999 })
    const { subject, id, 'expires-at': expiresAt, 'receipt-to': receiptTo } = values
    if (expiresAt !== undefined && instantOf(expiresAt) === null) {
      throw new UsageError(`--expires-at: expected a date and time with an offset, got "${expiresAt}"`)
    }
    const waitSeconds = values.wait === undefined ? null : wholeNumber('wait', values.wait, { from: 1, to: 30 })
    const message = { addressee, body, subject, id, contentType, ttlSeconds, expiresAt, receiptTo }
    return { message, waitSeconds }
  },
  notify,
)

async function notify({ message, waitSeconds }: Wanted): Promise<number> {
  const stack = runningStack()
  if (!stack) {
    console.error('No local stack is running in this checkout; start one with: npm run dev')
    return exitCodes.failure
  }
  try {
    if (waitSeconds !== null) return await publishAndWait(stack, message, waitSeconds)
    await send(stack, message)
    return exitCodes.ok
  } catch (error) {
    console.error(`Not sent: ${error instanceof Error ? error.message : error}`)
    return exitCodes.failure
  }
}

async function send({ sqsEndpoint, region, intakeQueueUrl }: RunningStack, message: Message): Promise<void> {
  const sqs = sqsClient(sqsEndpoint, region)
  try {
    const messageId = await sendMessage(sqs, intakeQueueUrl, message)
    console.log(`Sent ${Buffer.byteLength(message.body)} bytes to ${intakeQueueUrl} as message ${messageId}.`)
  } finally {
    sqs.destroy()
  }
}

async function publishAndWait(stack: RunningStack, message: Message, waitSeconds: number): Promise<number> {
  const token = stack.token('notify', { scope: 'notifications:publish' })
  const { id, status, hasWaited } = await publish(stack.serviceUrl, message, { token, waitSeconds })
  const about = `Published ${Buffer.byteLength(message.body)} bytes as ${id}: ${status}`
  if (status === 'acknowledged') {
    console.log(`${about}.`)
    return exitCodes.ok
  }
  console.log(`${about}, and ${hasWaited ? `not acknowledged within ${waitSeconds} s` : 'the service has not waited'}.`)
  return exitCodes.failure
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
