/**
 * `npm run notify -- CLIENT BODY`: sends a notification as any sender does, to the intake queue. It reaches the client at
 * whichever instance it is, and waits for it while it is away.
 */
import { parseArgs } from 'node:util'
import { type Message, sendMessage, sqsClient } from './stack/publisher.ts'
import { type RunningStack, runningStack } from './stack/running.ts'

const usage = 'usage: npm run notify -- CLIENT BODY [--subject TEXT] [--id ID] [--content-type TYPE]'

process.exitCode = await main()

async function main(): Promise<number> {
  const message = readArguments()
  if (!message) {
    console.error(usage)
    return 1
  }
  const stack = runningStack()
  if (!stack) {
    console.error('No local stack is running in this checkout; start one with: npm run dev')
    return 1
  }
  try {
    await send(stack, message)
    return 0
  } catch (error) {
    console.error(`Not sent: ${error instanceof Error ? error.message : error}`)
    return 1
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

function readArguments(): Message | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        subject: { type: 'string', default: 'message' },
        id: { type: 'string' },
        'content-type': { type: 'string' },
      },
    })
    const [addressee, body, ...others] = positionals
    if (!addressee || body === undefined || others.length > 0) return null
    const contentType = values['content-type'] ?? (isJson(body) ? 'application/json' : 'text/plain')
    return { addressee, body, subject: values.subject, id: values.id, contentType }
  } catch (error) {
    if (error instanceof TypeError) console.error(error.message)
    return null
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
