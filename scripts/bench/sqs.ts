import { hash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type HttpMessage, HttpReader } from './http-reader.ts'
import { StandInQueue } from './queue.ts'
import { messageId } from './queue-messages.ts'

const account = '000000000000'

/** The members of the service's requests that are looked at. */
interface Request {
  readonly QueueName?: string
  readonly QueueUrl?: string
  readonly MaxNumberOfMessages?: number
  readonly WaitTimeSeconds?: number
  readonly Entries?: readonly Entry[]
}

interface Entry extends Sent {
  readonly Id: string
  readonly ReceiptHandle?: string
}

interface Sent {
  readonly MessageBody?: string
  readonly MessageAttributes?: object
}

/**
 * An SQS endpoint with queues in memory, made only to be fast enough. It understands just the requests of the service
 * (AWS JSON 1.0). A queue exists as soon as it is named.
 */
export class StandInSqs {
  readonly #server = createServer({ noDelay: true }, (socket) => this.#connected(socket))
  readonly #sockets = new Set<Socket>()
  readonly #queues = new Map<string, StandInQueue>()
  #sent = 0
  #closing = false

  /** The messages of all queues that are sent and not deleted yet. */
  get undeleted(): number {
    return this.#sum(({ undeleted }) => undeleted)
  }

  /** The number of calls that returned, deleted or sent messages. */
  get calls(): number {
    return this.#sum(({ calls }) => calls)
  }

  /** Starts to listen. Returns the endpoint's URL. */
  async listen(): Promise<string> {
    this.#server.listen({ port: 0, host: '127.0.0.1' })
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Returns the queue of this name. */
  queue(name: string): StandInQueue {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      queue = new StandInQueue(name, () => this.#sent++)
      this.#queues.set(name, queue)
      if (this.#closing) queue.release()
    }
    return queue
  }

  /** Ends the held receives, and holds no further ones: a service can then leave without waiting 20 s for them. */
  release(): void {
    this.#closing = true
    for (const queue of this.#queues.values()) queue.release()
  }

  async close(): Promise<void> {
    this.release()
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #sum(count: (queue: StandInQueue) => number): number {
    let sum = 0
    for (const queue of this.#queues.values()) sum += count(queue)
    return sum
  }

  #connected(socket: Socket): void {
    const reader = new HttpReader((request) => this.#requested(socket, request))
    this.#sockets.add(socket)
    socket.on('data', (bytes) => reader.read(bytes))
    // Errors are expected: a service that is killed leaves its connections in any state.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      for (const queue of this.#queues.values()) queue.forget(socket)
    })
  }

  #requested(socket: Socket, { head, body }: HttpMessage): void {
    const action = /\r\nx-amz-target: *AmazonSQS\.(\w+)/i.exec(head)?.[1]
    const request = JSON.parse(body) as Request & Sent
    const queue = this.queue(request.QueueName ?? nameIn(request.QueueUrl ?? ''))
    const entries = request.Entries ?? []
    switch (action) {
      case 'ReceiveMessage': {
        const { MaxNumberOfMessages: most = 1, WaitTimeSeconds: seconds = 0 } = request
        return queue.receive({ most, waitMs: seconds * 1_000, owner: socket }, (members) => {
          answer(socket, members === '' ? '{}' : `{"Messages":[${members}]}`)
        })
      }
      case 'DeleteMessageBatch':
        queue.calls += 1
        queue.delete(entries.map(({ ReceiptHandle = '' }) => ReceiptHandle))
        return answer(socket, successful(entries.map(({ Id }) => `{"Id":"${Id}"}`)))
      case 'ChangeMessageVisibilityBatch':
        queue.show(entries.map(({ ReceiptHandle = '' }) => ReceiptHandle))
        return answer(socket, successful(entries.map(({ Id }) => `{"Id":"${Id}"}`)))
      case 'SendMessage':
        queue.calls += 1
        return answer(socket, `{${taken(queue, request)}}`)
      case 'SendMessageBatch':
        queue.calls += 1
        return answer(socket, successful(entries.map((entry) => `{"Id":"${entry.Id}",${taken(queue, entry)}}`)))
      case 'CreateQueue':
      case 'GetQueueUrl':
        return answer(socket, `{"QueueUrl":"${queueUrl(queue.name)}"}`)
      case 'GetQueueAttributes':
        return answer(socket, attributesOf(queue))
      case 'SetQueueAttributes':
      case 'DeleteQueue':
        return answer(socket, '{}')
      default:
        return answer(socket, '{"__type":"com.amazonaws.sqs#UnsupportedOperation"}', 400)
    }
  }
}

/** Returns the URL of the queue of this name. */
export function queueUrl(name: string): string {
  return `http://${account}.localhost/${account}/${name}`
}

/** Returns the name of the queue at this URL. */
export function nameIn(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

/** Puts a message into the queue; returns the members of the answer. The SDK compares the hash. */
function taken(queue: StandInQueue, { MessageBody = '', MessageAttributes = {} }: Sent): string {
  const index = queue.take(MessageBody, JSON.stringify(MessageAttributes))
  return `"MessageId":"${messageId(index)}","MD5OfMessageBody":"${hash('md5', MessageBody)}"`
}

function attributesOf(queue: StandInQueue): string {
  return JSON.stringify({
    Attributes: {
      QueueArn: `arn:aws:sqs:us-east-1:${account}:${queue.name}`,
      ApproximateNumberOfMessages: String(queue.visible),
      ApproximateNumberOfMessagesNotVisible: String(queue.hidden),
      ApproximateNumberOfMessagesDelayed: '0',
    },
  })
}

function successful(entries: readonly string[]): string {
  return `{"Successful":[${entries.join()}],"Failed":[]}`
}

function answer(socket: Socket, body: string, status = 200): void {
  socket.write(
    `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Bad Request'}\r\nContent-Type: application/x-amz-json-1.0\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  )
}
