/**
 * `npm run notify -- CLIENT BODY`: sends a notification as any sender does, to the intake queue. It reaches the client at
 * whichever instance it is, and waits for it while it is away.
 */
import { exitCodes, runCommand, wholeNumber } from '../src/command-line.ts'
import { type Message, sendMessage, sqsClient } from './stack/publisher.ts'
import { type RunningStack, runningStack } from './stack/running.ts'

process.exitCode = await runCommand(
  {
    name: 'npm run notify',
    about: 'Sends a notification to a client of the stack of npm run dev, by its intake queue.',
    operands: [
      { name: 'CLIENT', about: 'the id of the client' },
      { name: 'BODY', about: 'the text of the notification' },
    ],
    options: {
      subject: { about: 'the subject', value: 'TEXT', fallback: 'message' },
      id: { about: 'the id; a repeated one is the same notification', value: 'ID' },
      ttl: { about: 'after how many seconds it expires; never when absent', value: 'SECONDS' },
      'content-type': { about: 'the type of the body; application/json or text/plain when absent', value: 'TYPE' },
    },
  },
  ({ values, operands: [addressee = '', body = ''] }): Message => {
    const contentType = values['content-type'] ?? (isJson(body) ? 'application/json' : 'text/plain')
    const ttlSeconds =
      values.ttl === undefined ? undefined : wholeNumber('ttl', values.ttl, { from: 1, to: 999_999_999 })
    return { addressee, body, subject: values.subject, id: values.id, contentType, ttlSeconds }
  },
  notify,
)

async function notify(message: Message): Promise<number> {
  const stack = runningStack()
  if (!stack) {
    console.error('No local stack is running in this checkout; start one with: npm run dev')
    return exitCodes.failure
  }
  try {
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
