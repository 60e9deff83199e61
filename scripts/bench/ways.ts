import { mintToken } from '../stack/issuer.ts'
import type { SigningKey } from '../stack/signing-key.ts'
import { type HttpMessage, statusOf } from './http-reader.ts'
import { HttpRequests } from './http-requests.ts'
import type { MeasuredInstance } from './instance.ts'
import { bodyOf } from './ledger.ts'
import type { StandInQueue } from './queue.ts'
import { nameIn, type StandInSqs } from './sqs.ts'
import { clientId } from './tokens.ts'

/**
 * The ways to send that are compared. `queue`: to the queue of the client's instance, which the sender knows already.
 * `lookUp`: the same after a look-up. `intake`: to the intake queue. `http`: `POST /notifications`.
 */
export const ways = ['queue', 'lookUp', 'intake', 'http'] as const
export type Way = (typeof ways)[number]

/** Longer than any run. */
const tokenTtlSeconds = 7_200
/** Enough that no request waits for a connection, at the rates of the plans. */
const connectionsPerInstance = 32

/** The senders of all ways. */
export interface Senders {
  readonly send: Readonly<Record<Way, (client: number, number: number) => void>>
  failure(): string | null
  close(): void
}

/** Returns senders that ask the instances in turn, as behind a balancer: half of the time it is not the client's own. */
export function openSenders(needs: {
  readonly key: SigningKey
  readonly sqs: StandInSqs
  readonly intake: StandInQueue
  readonly instances: readonly MeasuredInstance[]
  /** Returns the instance of this client. */
  readonly instanceOf: (client: number) => MeasuredInstance
}): Senders {
  const { key, sqs, intake, instances, instanceOf } = needs
  const token = mintToken(key, 'bench-sender', {
    scope: 'notifications:publish sessions:read',
    ttlSeconds: tokenTtlSeconds,
  })
  const headers = `Host: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n`
  const servers = instances.map(({ port }) => new HttpRequests(port, connectionsPerInstance))
  let asked = 0
  let refused: string | null = null
  const ask = (request: string, status: number, onResponse: (response: HttpMessage) => void) => {
    servers[asked++ % servers.length]?.send(request, (response) => {
      if (statusOf(response) === status) onResponse(response)
      else refused ??= `a sender was answered ${response.head} ${response.body}`
    })
  }
  return {
    send: {
      queue: (client, number) => instanceOf(client).queue.send(client, number),
      lookUp(client, number) {
        ask(`GET /sessions/${clientId(client)} HTTP/1.1\r\n${headers}\r\n`, 200, ({ body }) => {
          const { queueUrl } = JSON.parse(body) as { readonly queueUrl: string | null }
          sqs.queue(nameIn(queueUrl ?? '')).send(client, number)
        })
      },
      intake: (client, number) => intake.send(client, number),
      http(client, number) {
        const publication = { addressee: clientId(client), subject: 'bench.delivery', body: bodyOf(client, number) }
        const body = JSON.stringify({ ...publication, id: `${client}-${number}` })
        const more = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
        ask(`POST /notifications HTTP/1.1\r\n${headers}${more}\r\n${body}`, 202, () => {})
      },
    },
    failure: () => refused ?? servers.map(({ failure }) => failure).find((failure) => failure !== null) ?? null,
    close() {
      for (const server of servers) server.close()
    },
  }
}
