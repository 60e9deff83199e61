/**
 * `npm run notify -- CLIENT BODY`: does what a publisher does. It looks up where the client is and sends to the queue
 * of that instance.
 */
import { parseArgs } from 'node:util'
import { lookUpSession, type Message, sendMessage, sqsClient } from './stack/publisher.ts'
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
    return await publish(stack, message)
  } catch (error) {
    console.error(`Not sent: ${error instanceof Error ? error.message : error}`)
    return 1
  }
}

async function publish(stack: RunningStack, message: Message): Promise<number> {
  const token = await stack.token('notify', { scope: 'sessions:read', ttlSeconds: 60 })
  const session = await lookUpSession(stack.serviceUrl, message.addressee, token)
  if (!session.online || !session.queueUrl) {
    console.error(
      `Not sent: ${message.addressee} is not connected, so there is no queue to send to. Let it poll first.`,
    )
    return 1
  }
  const sqs = sqsClient(stack.sqsEndpoint, stack.region)
  try {
    const id = await sendMessage(sqs, session.queueUrl, message)
    console.log(`${message.addressee} is at instance ${session.instanceId}.`)
    console.log(`Sent ${Buffer.byteLength(message.body)} bytes to ${session.queueUrl} as message ${id}.`)
  } finally {
    sqs.destroy()
  }
  return 0
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
