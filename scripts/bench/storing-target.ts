import { randomUUID } from 'node:crypto'
import { mintToken } from '../stack/issuer.ts'
import type { SigningKey } from '../stack/signing-key.ts'
import { startFedInstance } from './fed-instance.ts'
import { type HttpMessage, statusOf } from './http-reader.ts'
import { HttpRequests } from './http-requests.ts'
import type { InstanceNeeds } from './instance.ts'
import { bodyOf } from './ledger.ts'
import { withOwnDatabase } from './own-database.ts'
import { countStored } from './stored-rows.ts'
import type { StartTarget } from './target.ts'
import { clientId } from './tokens.ts'

/** The ways in over HTTP, by which a notification is stored in PostgreSQL before it is accepted. */
export type StoringPath = 'publication' | 'callback'

/** As many as the publishers of a busy instance have; each carries one request at a time. */
const connections = 128
/** Longer than any run. */
const tokenTtlSeconds = 7_200

/** The service in its default configuration, fed by publications or by callbacks of a registration of each client. */
export function storingTarget(common: InstanceNeeds & { readonly key: SigningKey }, path: StoringPath): StartTarget {
  return async () => {
    const needs = await withOwnDatabase(common)
    const { instance, running, shared } = await startFedInstance(needs)
    const stored = countStored(needs.postgres, running)
    const requests = new HttpRequests(instance.port, connections)
    running.defer(() => requests.close())
    const sender = new Sender(requests, needs)
    return {
      ...shared,
      databasePid: needs.postgres.pid,
      publish: (client, number) => sender[path](client, number),
      unacknowledged: stored,
      failure: () => shared.failure() ?? sender.refused ?? requests.failure,
    }
  }
}

class Sender {
  /** Part of every id: another run in the same database is no repeat of this run. */
  readonly #run = randomUUID()
  readonly #requests: HttpRequests
  readonly #tokens: readonly string[]
  readonly #publisherToken: string
  /** The paths of the callback URLs, by client. */
  readonly #callbackPaths: string[] = []
  /** The first answer that was not expected; null while there is none. */
  refused: string | null = null

  constructor(
    requests: HttpRequests,
    { key, tokens }: { readonly key: SigningKey; readonly tokens: readonly string[] },
  ) {
    this.#requests = requests
    this.#tokens = tokens
    this.#publisherToken = mintToken(key, 'bench-sender', {
      scope: 'notifications:publish',
      ttlSeconds: tokenTtlSeconds,
    })
  }

  publication(client: number, number: number): void {
    const body = {
      addressee: clientId(client),
      subject: 'bench.delivery',
      body: bodyOf(client, number),
      id: `${this.#run}-${client}-${number}`,
    }
    this.#post('/notifications', JSON.stringify(body), 202, { token: this.#publisherToken, type: 'application/json' })
  }

  /** Calls back at the URL of the client; its first delivery takes a registration before. */
  callback(client: number, number: number): void {
    const path = this.#callbackPaths[client]
    if (path === undefined) return this.#register(client, () => this.callback(client, number))
    this.#post(path, bodyOf(client, number), 202, { type: 'text/plain' })
  }

  #register(client: number, then: () => void): void {
    const options = { token: this.#tokens[client] ?? '', type: 'application/json' }
    this.#post('/registrations', '{"subject":"bench.delivery"}', 201, options, ({ body }) => {
      this.#callbackPaths[client] = new URL((JSON.parse(body) as { callbackUrl: string }).callbackUrl).pathname
      then()
    })
  }

  #post(
    path: string,
    body: string,
    status: number,
    { token, type }: { readonly token?: string; readonly type: string },
    onAnswer: (answer: HttpMessage) => void = () => {},
  ): void {
    const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
    const request =
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}` +
      `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    this.#requests.send(request, (answer) => {
      if (statusOf(answer) === status) onAnswer(answer)
      else this.refused ??= `a sender was answered ${answer.head} ${answer.body}`
    })
  }
}
