/**
 * `npm run notify -- CLIENT BODY`: does what a publisher does. It looks up where the client is and sends to the queue
 * of that instance; or, in mode 2, to the client's own queue, wherever the client is.
 */
import { parseArgs } from 'node:util'
import { isSqsError } from '../src/adapters/sqs/sqs-error.ts'
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
  // In mode 1 a client that is away has no queue; in mode 2 it has one as soon as it has polled for the first time.
  const hint = 'so there is no queue to send to. Let it poll first.'
  if (!session.queueUrl) {
    console.error(`Not sent: ${message.addressee} is not connected, ${hint}`)
    return 1
  }
  const sqs = sqsClient(stack.sqsEndpoint, stack.region)
  try {
    const id = await sendMessage(sqs, session.queueUrl, message)
    const place = session.online ? `at instance ${session.instanceId}` : 'not connected; the message waits in its queue'
    console.log(`${message.addressee} is ${place}.`)
    console.log(`Sent ${Buffer.byteLength(message.body)} bytes to ${session.queueUrl} as message ${id}.`)
  } catch (error) {
    if (!isSqsError(error, 'QueueDoesNotExist')) throw error
    console.error(`Not sent: ${message.addressee} has never been here, ${hint}`)
    return 1
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
