import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { groupFields } from '../adapters/sqs/send.ts'
import { type Letter, readLetter } from './letter.ts'
import { type Notes, notedAttributes } from './letter-notes.ts'

/** The maximum of a receive and of a batch. */
const maxBatch = 10
/** A long poll asks all servers of SQS, so an empty response means that nothing is left to take. */
const longPollSeconds = 1
/**
 * The time for which letters are hidden from other readers while they are looked at. When this process is killed they are
 * shown again by then.
 */
const hiddenSeconds = 120

/** Receives in a row that bring only letters seen before. SQS chooses at random, so one of them says little. */
const maxStale = 10

interface Options {
  readonly client: SQSClient
  readonly queueUrl: string
  /** `EVENT_ADDRESSEE_POINTER`. */
  readonly addresseePointer: string
  /** `SQS_GIVE_BACK_SECONDS`. */
  readonly giveBackSeconds: number
}

/**
 * A look through a dead-letter queue. SQS shows messages only to those who receive them, so a look takes each letter for a
 * moment; at its end it gives those back that were not settled.
 */
export class LetterQueue implements AsyncDisposable {
  readonly #options: Options
  /** Receipt handles by the ids of letters that were taken and are not settled. */
  readonly #taken = new Map<string, string>()
  readonly #seen = new Set<string>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Takes one letter after the other, each once, until none is left that others do not hold, or the signal aborts. */
  async *letters(signal: AbortSignal): AsyncGenerator<Letter> {
    const { client, queueUrl, addresseePointer } = this.#options
    let stale = 0
    while (!signal.aborted) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: maxBatch,
          WaitTimeSeconds: longPollSeconds,
          VisibilityTimeout: hiddenSeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      )
      for (const message of Messages) this.#taken.set(idOf(message), message.ReceiptHandle ?? '')
      if (Messages.length === 0) return
      const fresh = Messages.filter((message) => !this.#seen.has(idOf(message)))
      // The look takes longer than letters are hidden, and begins to go round in circles.
      stale = fresh.length === 0 ? stale + 1 : 0
      if (stale > maxStale) return
      for (const message of fresh) {
        this.#seen.add(idOf(message))
        if (signal.aborted) return
        yield readLetter(message, addresseePointer)
      }
    }
  }

  /** Deletes a letter that is somewhere else now. */
  async remove({ message }: Letter): Promise<void> {
    const { client, queueUrl } = this.#options
    await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }))
    this.#taken.delete(idOf(message))
  }

  /**
   * Notes in the queue itself that somebody was told of the letter: a copy with the notes takes its place. A message of SQS
   * cannot be changed, and another reader, or this one after a restart, knows no other memory.
   */
  async note(letter: Letter, notes: Notes): Promise<void> {
    const { client, queueUrl } = this.#options
    const { Body, Attributes, MessageId = '' } = letter.message
    const fields = groupFields(queueUrl, Attributes?.MessageGroupId ?? MessageId, `${MessageId} noted`)
    const { MessageId: copyId = '' } = await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: Body || 'empty',
        MessageAttributes: notedAttributes(letter, notes),
        ...fields,
      }),
    )
    this.#seen.add(copyId)
    await this.remove(letter)
  }

  /** Shows all letters again that were taken and not settled. One that cannot be shown now is shown after two minutes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { client, queueUrl, giveBackSeconds } = this.#options
    const taken = [...this.#taken]
    this.#taken.clear()
    for (let from = 0; from < taken.length; from += maxBatch) {
      const Entries = taken
        .slice(from, from + maxBatch)
        .map(([, ReceiptHandle], place) => ({ Id: String(place), ReceiptHandle, VisibilityTimeout: giveBackSeconds }))
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries })).catch(() => {})
    }
  }
}

function idOf({ MessageId = '' }: Message): string {
  return MessageId
}
