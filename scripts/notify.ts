/**
 * `npm run notify -- CLIENT BODY`: sends a notification as a publisher does. It looks up the client's instance and
 * sends to the queue of that instance or, in mode 2, to the client's own queue. With `--store` the service stores the
 * notification if the client is not connected.
 */
import { parseArgs } from 'node:util'
import { createPublisher, type Publication } from '../src/publisher/publisher.js'
import { sqsClient } from './stack/publisher.ts'
import { type RunningStack, runningStack } from './stack/running.ts'

const usage = 'usage: npm run notify -- CLIENT BODY [--subject TEXT] [--id ID] [--content-type TYPE] [--store]'

process.exitCode = await main()

async function main(): Promise<number> {
  const publication = readArguments()
  if (!publication) {
    console.error(usage)
    return 1
  }
  const stack = runningStack()
  if (!stack) {
    console.error('No local stack is running in this checkout; start one with: npm run dev')
    return 1
  }
  try {
    return await publish(stack, publication)
  } catch (error) {
    console.error(`Not sent: ${error instanceof Error ? error.message : error}`)
    return 1
  }
}

async function publish(stack: RunningStack, publication: Publication): Promise<number> {
  const { addressee, body } = publication
  const sqs = sqsClient(stack.sqsEndpoint, stack.region)
  try {
    const publisher = createPublisher({
      serviceUrl: stack.serviceUrl,
      getToken: () => stack.token('notify', { scope: 'sessions:read notifications:publish', ttlSeconds: 60 }),
      sqs,
    })
    const published = await publisher.publish(publication)
    switch (published.status) {
      case 'sent':
        console.log(`${addressee} is ${placeOf(published.instanceId)}.`)
        console.log(`Sent ${Buffer.byteLength(body)} bytes to ${published.queueUrl} as message ${published.messageId}.`)
        return 0
      case 'stored':
        console.log(
          `${addressee} is not connected. Stored as notification ${published.id}, which waits for the client.`,
        )
        return 0
      case 'offline':
        // In mode 1 a client has a queue while it is connected, in mode 2 from its first poll on.
        console.error(
          published.mode === 1
            ? `Not sent: ${addressee} is not connected, so there is no queue to send to. Start a poll first, or add --store.`
            : `Not sent: ${addressee} has never been connected, so there is no queue to send to. Start a poll first.`,
        )
        return 1
      default:
        return published satisfies never
    }
  } finally {
    sqs.destroy()
  }
}

function placeOf(instanceId: string | null): string {
  return instanceId === null ? 'not connected; the message waits in its queue' : `at instance ${instanceId}`
}

function readArguments(): Publication | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        subject: { type: 'string', default: 'message' },
        id: { type: 'string' },
        'content-type': { type: 'string' },
        store: { type: 'boolean', default: false },
      },
    })
    const [addressee, body, ...others] = positionals
    if (!addressee || body === undefined || others.length > 0) return null
    const contentType = values['content-type'] ?? (isJson(body) ? 'application/json' : 'text/plain')
    const otherwise = values.store ? 'store' : undefined
    return { addressee, body, subject: values.subject, id: values.id, contentType, otherwise }
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
