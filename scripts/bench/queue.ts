import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type HttpMessage, HttpReader } from './http-reader.ts'
import { indexOf, type QueueMessage, shown } from './queue-messages.ts'

/** The maximum number of messages that SQS returns at once. */
const maxPerReceive = 10
const account = '000000000000'

interface Receive {
  readonly socket: Socket
  readonly most: number
  readonly patience: NodeJS.Timeout
}

interface Entries {
  readonly Entries: readonly {
    readonly Id: string
    readonly ReceiptHandle: string
    readonly VisibilityTimeout?: number
  }[]
}

/**
 * An SQS endpoint with one queue in memory, made only to be fast enough. It understands just the requests of the
 * service (AWS JSON 1.0), and has no visibility timeout, because no run lasts that long.
 */
export class StandInQueue {
  readonly #server = createServer({ noDelay: true }, (socket) => this.#connected(socket))
  readonly #sockets = new Set<Socket>()
  #ready: QueueMessage[] = []
  /** The number of removed messages at the beginning of `#ready`; `shift` would copy the array each time. */
  #taken = 0
  readonly #inFlight = new Map<number, QueueMessage>()
  #receives: Receive[] = []
  #sent = 0
  #handingOut: NodeJS.Immediate | null = null
  #closing = false
  /** The numbers of deleted messages, and of deletes of messages that were gone already. */
  deleted = 0
  deletedAgain = 0
  /** The numbers of receives that returned messages, and of deletes. */
  calls = 0

  /** The messages that are sent and not deleted yet. */
  get undeleted(): number {
    return this.#ready.length - this.#taken + this.#inFlight.size
  }

  /** Starts to listen. Returns the endpoint's URL. */
  async listen(): Promise<string> {
    this.#server.listen({ port: 0, host: '127.0.0.1' })
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Sends a message. Messages of one turn of the event loop are handed out together. */
  send(client: number, number: number): void {
    this.#ready.push({ index: this.#sent, client, number, receives: 0 })
    this.#sent += 1
    this.#handingOut ??= setImmediate(() => this.#handOut())
  }

  /** Ends the held receives, and holds no further ones: a service can then leave without waiting 20 s for them. */
  release(): void {
    this.#closing = true
    for (const receive of this.#receives.splice(0)) this.#answerReceive(receive)
  }

  async close(): Promise<void> {
    this.release()
    if (this.#handingOut) clearImmediate(this.#handingOut)
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #handOut(): void {
    this.#handingOut = null
    while (this.#taken < this.#ready.length) {
      const receive = this.#receives.shift()
      if (!receive) return
      this.#answerReceive(receive)
    }
  }

  #connected(socket: Socket): void {
    const reader = new HttpReader((request) => this.#requested(socket, request))
    this.#sockets.add(socket)
    socket.on('data', (bytes) => reader.read(bytes))
    // Errors are expected: a service that is killed leaves its connections in any state.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      for (const { patience } of this.#receives.filter((receive) => receive.socket === socket)) clearTimeout(patience)
      this.#receives = this.#receives.filter((receive) => receive.socket !== socket)
    })
  }

  #requested(socket: Socket, { head, body }: HttpMessage): void {
    const action = /\r\nx-amz-target: *AmazonSQS\.(\w+)/i.exec(head)?.[1]
    switch (action) {
      case 'ReceiveMessage':
        return this.#receive(socket, JSON.parse(body) as { MaxNumberOfMessages?: number; WaitTimeSeconds?: number })
      case 'DeleteMessageBatch':
        return answer(socket, this.#delete(JSON.parse(body) as Entries))
      case 'ChangeMessageVisibilityBatch':
        return answer(socket, this.#change(JSON.parse(body) as Entries))
      case 'CreateQueue':
      case 'GetQueueUrl':
        return answer(socket, `{"QueueUrl":"http://${account}.localhost/${account}/bench"}`)
      case 'GetQueueAttributes':
        return answer(socket, this.#attributes())
      case 'SetQueueAttributes':
      case 'DeleteQueue':
        return answer(socket, '{}')
      default:
        return answer(socket, '{"__type":"com.amazonaws.sqs#UnsupportedOperation"}', 400)
    }
  }

  #receive(socket: Socket, request: { MaxNumberOfMessages?: number; WaitTimeSeconds?: number }): void {
    const most = Math.min(request.MaxNumberOfMessages ?? 1, maxPerReceive)
    const receive: Receive = {
      socket,
      most,
      patience: setTimeout(
        () => {
          this.#receives = this.#receives.filter((one) => one !== receive)
          this.#answerReceive(receive)
        },
        (request.WaitTimeSeconds ?? 0) * 1_000,
      ),
    }
    if (this.#closing || this.#taken < this.#ready.length) return this.#answerReceive(receive)
    this.#receives.push(receive)
  }

  #answerReceive({ socket, most, patience }: Receive): void {
    clearTimeout(patience)
    const messages = this.#ready.slice(this.#taken, this.#taken + most)
    this.#taken += messages.length
    if (messages.length > 0) this.calls += 1
    if (this.#taken === this.#ready.length || this.#taken > 10_000) {
      this.#ready = this.#ready.slice(this.#taken)
      this.#taken = 0
    }
    const now = new Date()
    const sentAt = { iso: now.toISOString(), ms: String(now.getTime()) }
    let members = ''
    for (const message of messages) {
      message.receives += 1
      this.#inFlight.set(message.index, message)
      members += `${members === '' ? '' : ','}${shown(message, sentAt)}`
    }
    answer(socket, members === '' ? '{}' : `{"Messages":[${members}]}`)
  }

  #delete({ Entries }: Entries): string {
    this.calls += 1
    for (const { ReceiptHandle } of Entries) {
      if (this.#inFlight.delete(indexOf(ReceiptHandle))) this.deleted += 1
      else this.deletedAgain += 1
    }
    return successful({ Entries })
  }

  /** Shows a message again at once, whatever the timeout: the service never makes it longer in a run. */
  #change({ Entries }: Entries): string {
    for (const { ReceiptHandle } of Entries) {
      const message = this.#inFlight.get(indexOf(ReceiptHandle))
      if (!message) continue
      this.#inFlight.delete(message.index)
      this.#ready.push(message)
    }
    this.#handingOut ??= setImmediate(() => this.#handOut())
    return successful({ Entries })
  }

  #attributes(): string {
    const visible = this.#ready.length - this.#taken
    return JSON.stringify({
      Attributes: {
        QueueArn: `arn:aws:sqs:us-east-1:${account}:bench`,
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(this.#inFlight.size),
        ApproximateNumberOfMessagesDelayed: '0',
      },
    })
  }
}

function successful({ Entries }: Entries): string {
  return `{"Successful":[${Entries.map(({ Id }) => `{"Id":"${Id}"}`).join()}],"Failed":[]}`
}

function answer(socket: Socket, body: string, status = 200): void {
  socket.write(
    `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Bad Request'}\r\nContent-Type: application/x-amz-json-1.0\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  )
}
