import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { createQueue, describeQueue, dlqUrl, findQueueUrl, maxMessageBytes } from './queue.ts'

/** SQS's maximum: dead letters wait as long as possible for somebody who looks at them. */
const retentionSeconds = 14 * 86_400

/** The dead-letter queue that the settings ask for. */
export type WantedDlq =
  /** The queue that `SQS_DLQ_ARN` names, which exists. */
  | { readonly kind: 'given'; readonly arn: string }
  /** The service's own queue of this name, which is created when it is missing. */
  | { readonly kind: 'own'; readonly name: string }
  /** No queue: invalid messages are hidden, unless their queue has a redrive policy of its own. */
  | { readonly kind: 'none' }

/** A dead-letter queue that exists: its URL to send to, its ARN for redrive policies. */
export interface DeadLetterQueue {
  readonly url: string
  readonly arn: string
}

/** Finds a dead-letter queue when it is first needed, and remembers it until it proves to be gone. */
export interface DlqFinder<Found> {
  /** Resolves with null only when none is wanted. Rejects when a wanted queue cannot be found or created. */
  find(): Promise<Found | null>
  /** The queue may be gone: the next call of `find` looks again. */
  forget(): void
}

/** The finder of the dead-letter queue of the service. */
export interface ServiceDlq extends DlqFinder<DeadLetterQueue> {
  /** Whether `find` would create a queue of this ARN if there were none. */
  creates(arn: string): boolean
  /** Whether the queue is remembered, or looked for at this moment. */
  isKnown(): boolean
  /** The queue may be gone, if it is one that `find` creates. A queue that the settings name stays as it was found. */
  forgetOwn(): void
}

/**
 * Returns the finder of the dead-letter queue of the service. `onRecreated` is called when the service's own was there
 * before, was gone, and is created again, without the messages that were in it.
 */
export function serviceDlq(
  client: SQSClient,
  wanted: WantedDlq,
  onRecreated: (queueUrl: string) => void = () => {},
): ServiceDlq {
  let wasThere = false
  const finder = remembered(async () => {
    switch (wanted.kind) {
      case 'none':
        return null
      case 'given': {
        const url = await dlqUrl(client, wanted.arn)
        if (url === null) throw new Error(`SQS_DLQ_ARN: there is no queue ${wanted.arn}`)
        return { url, arn: wanted.arn }
      }
      case 'own': {
        const known = await findQueueUrl(client, wanted.name)
        const url = known ?? (await createDlq(client, wanted.name))
        if (known === null && wasThere) onRecreated(url)
        wasThere = true
        return { url, arn: await arnOf(client, url) }
      }
      default:
        return wanted satisfies never
    }
  })
  return {
    ...finder,
    creates: (arn) => wanted.kind === 'own' && arn.endsWith(`:${wanted.name}`),
    forgetOwn() {
      if (wanted.kind === 'own') finder.forget()
    },
  }
}

/**
 * Returns the finder of the URL to which the invalid messages of a queue are moved: the target of the queue's own redrive
 * policy, else the dead-letter queue of the service.
 */
export function dlqOfQueue(client: SQSClient, queueUrl: string, service: ServiceDlq): DlqFinder<string> {
  const { find, forget } = remembered(async () => {
    const arn = (await describeQueue(client, queueUrl))?.dlqArn ?? null
    if (arn === null) return (await service.find())?.url ?? null
    const url = (await dlqUrl(client, arn)) ?? (await createdAgain(service, arn))
    if (url === null) throw new Error(`there is no queue ${arn}, which the redrive policy of ${queueUrl} names`)
    return url
  })
  return {
    find,
    forget() {
      forget()
      service.forget()
    },
  }
}

/** Returns the URL of a queue that is gone, if it is one that the service creates: under the same ARN as before. */
async function createdAgain(service: ServiceDlq, arn: string): Promise<string | null> {
  if (!service.creates(arn)) return null
  service.forget()
  const found = await service.find()
  return found?.arn === arn ? found.url : null
}

/** Callers that come while the queue is being looked for wait for the same look. A failure is not remembered. */
function remembered<Found>(look: () => Promise<Found | null>): DlqFinder<Found> & Pick<ServiceDlq, 'isKnown'> {
  let found: Promise<Found | null> | null = null
  const forget = (): void => {
    found = null
  }
  return {
    find() {
      found ??= look().catch((error: unknown) => {
        forget()
        throw error
      })
      return found
    },
    forget,
    isKnown: () => found !== null,
  }
}

/** Creates the queue; another instance may do the same at this moment. */
async function createDlq(client: SQSClient, name: string): Promise<string> {
  const { url } = await createQueue(client, name, {
    MessageRetentionPeriod: String(retentionSeconds),
    MaximumMessageSize: String(maxMessageBytes),
  })
  return url
}

async function arnOf(client: SQSClient, queueUrl: string): Promise<string> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
  )
  const arn = Attributes?.QueueArn
  if (arn === undefined) throw new Error(`SQS did not return the ARN of ${queueUrl}`)
  return arn
}
