import { randomUUID } from 'node:crypto'
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { sqsClients } from '../adapters/sqs/client.ts'
import { dlqUrl, findQueueUrl, maxMessageBytes } from '../adapters/sqs/queue.ts'
import { isSqsError } from '../adapters/sqs/sqs-error.ts'
import type { Config } from '../config.ts'
import { wantedDlq } from '../modes/wanted-dlq.ts'
import { type Finding, messageOf, notesOf } from './finding.ts'
import { type Action, examineRights } from './queue-rights.ts'

const { ok, warn, fail } = notesOf('sqs')

const receiving: readonly Action[] = [
  'ReceiveMessage',
  'DeleteMessage',
  'ChangeMessageVisibility',
  'GetQueueAttributes',
]
const owning: readonly Action[] = ['CreateQueue', 'SetQueueAttributes', 'DeleteQueue', 'SendMessage', ...receiving]
/** With fewer receives, a short outage of clients fills the dead-letter queue. */
const minReceiveCount = 3
const daySeconds = 86_400

/** Looks at the queues and at the rights on them, without receiving, sending or creating anything. */
export async function examineQueues(config: Config): Promise<Finding[]> {
  const clients = sqsClients({ receiveSockets: 1, actSockets: 5 })
  try {
    const { acting } = clients
    const dlq = await examineDlq(acting, config)
    const given = [config.SQS_QUEUE_URL, config.SQS_INTAKE_QUEUE_URL].filter((url) => url !== null)
    const ofGiven = await Promise.all(given.map((url) => examineGiven(acting, url)))
    const ofReceipts = await Promise.all([...config.RECEIPT_QUEUES].map((entry) => examineReceiptQueue(acting, entry)))
    const sibling = siblingUrl(config, [...given, ...(dlq.url === null ? [] : [dlq.url])])
    return [...dlq.findings, ...ofGiven.flat(), ...ofReceipts.flat(), ...(await examineOwn(acting, config, sibling))]
  } catch (error) {
    const advice = 'set AWS_REGION and credentials (or AWS_ENDPOINT_URL_SQS), and let this host reach SQS'
    return [fail(`SQS does not answer: ${messageOf(error)}`, advice)]
  } finally {
    clients.close()
  }
}

async function examineDlq(
  client: SQSClient,
  config: Config,
): Promise<{ readonly findings: Finding[]; readonly url: string | null }> {
  const wanted = wantedDlq(config)
  if (wanted.kind === 'none') {
    const text = 'no dead-letter queue is wanted: messages that no client fetches expire unseen'
    return { findings: [warn(text, 'set SQS_DLQ_ARN to a queue that somebody looks at')], url: null }
  }
  const name = wanted.kind === 'given' ? wanted.arn : wanted.name
  const url = wanted.kind === 'given' ? await dlqUrl(client, wanted.arn) : await findQueueUrl(client, wanted.name)
  if (url === null) {
    const text = `the dead-letter queue ${name} does not exist`
    const missing =
      wanted.kind === 'own' ? warn(text, 'the first start creates it') : fail(text, 'create it, or correct SQS_DLQ_ARN')
    return { findings: [missing], url }
  }
  const attributes = await attributesOf(client, url)
  const findings = [ok(`the dead-letter queue ${name} exists, with ${attributes.ApproximateNumberOfMessages} messages`)]
  if (Number(attributes.MessageRetentionPeriod) < 14 * daySeconds) {
    findings.push(
      warn(`the dead-letter queue keeps messages for less than 14 days`, 'raise its MessageRetentionPeriod'),
    )
  }
  return { findings: [...findings, ...(await examineRights(client, url, ['SendMessage', 'GetQueueAttributes']))], url }
}

/** A queue that the settings give by its URL: its redrive policy is its owner's. */
async function examineGiven(client: SQSClient, url: string): Promise<Finding[]> {
  let attributes: Readonly<Record<string, string>>
  try {
    attributes = await attributesOf(client, url)
  } catch (error) {
    if (!isSqsError(error, 'QueueDoesNotExist')) throw error
    return [fail(`there is no queue at ${url}`, 'create it, or correct SQS_QUEUE_URL and SQS_INTAKE_QUEUE_URL')]
  }
  const findings = [await redriveOf(client, url, attributes.RedrivePolicy)]
  if (Number(attributes.MaximumMessageSize) < maxMessageBytes) {
    const text = `${url} takes messages of at most ${attributes.MaximumMessageSize} bytes`
    findings.push(warn(text, `set its MaximumMessageSize to ${maxMessageBytes}, if senders need it`))
  }
  return [...findings, ...(await examineRights(client, url, receiving))]
}

/** A queue of `RECEIPT_QUEUES`: sending to it is the only right that the service needs there. */
async function examineReceiptQueue(client: SQSClient, [name, url]: readonly [string, string]): Promise<Finding[]> {
  try {
    await attributesOf(client, url)
  } catch (error) {
    if (isSqsError(error, 'QueueDoesNotExist')) {
      return [fail(`there is no queue at ${url} for the receipts of ${name}`, 'create it, or correct RECEIPT_QUEUES')]
    }
    // Nobody need let the service look at it.
  }
  return examineRights(client, url, ['SendMessage'])
}

async function redriveOf(client: SQSClient, url: string, policy: string | undefined): Promise<Finding> {
  const advice = 'give it a redrive policy to a dead-letter queue, with maxReceiveCount 5'
  if (!policy) return warn(`${url} has no redrive policy: what no client fetches expires unseen`, advice)
  const { deadLetterTargetArn: arn, maxReceiveCount } = JSON.parse(policy) as Record<string, unknown>
  if (typeof arn !== 'string' || (await dlqUrl(client, arn)) === null) {
    return fail(
      `the redrive policy of ${url} leads to ${arn}, which does not exist`,
      'create that queue, or correct the policy',
    )
  }
  const text = `the redrive policy of ${url} leads to ${arn} after ${maxReceiveCount} receives`
  return Number(maxReceiveCount) < minReceiveCount ? warn(text, advice) : ok(text)
}

/** The queues that the service creates itself. A queue of a name that nobody has stands for them. */
async function examineOwn(client: SQSClient, config: Config, sibling: string | null): Promise<Finding[]> {
  if (!createsQueues(config)) return sibling === null ? [] : examineRights(client, sibling, receiving)
  if (sibling !== null) return examineRights(client, sibling, owning)
  return [warn('the rights on the own queues could not be asked for', 'start an instance once, then run this again')]
}

function createsQueues(config: Config): boolean {
  if (config.NOTIFICATION_SERVICE_MODE === '2') return config.SQS_USER_QUEUE_AUTO_CREATE
  return config.SQS_QUEUE_URL === null
}

/** Returns the URL that a queue with the prefix of the own queues would have; null when no queue tells the account. */
function siblingUrl(config: Config, known: readonly string[]): string | null {
  if (config.NOTIFICATION_SERVICE_MODE === '2') return `${config.SQS_USER_QUEUE_BASE_URL}-doctor-${randomUUID()}`
  if (config.SQS_QUEUE_URL !== null) return null
  const [url] = known
  return url === undefined
    ? null
    : `${url.slice(0, url.lastIndexOf('/'))}/${config.SQS_QUEUE_NAME_PREFIX}-${randomUUID()}`
}

async function attributesOf(client: SQSClient, url: string): Promise<Readonly<Record<string, string>>> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  )
  return Attributes as Record<string, string>
}
