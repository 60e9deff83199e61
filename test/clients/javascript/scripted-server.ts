import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as client from 'notification-service/client'
import type { Test } from 'tap'
import { listenHere } from '../../support/listen-here.ts'

/** The parts of the client that a test may replace. */
export interface Parts {
  readonly random?: () => number
  readonly pause?: (ms: number, signal: AbortSignal, network?: object) => Promise<void>
  readonly graceMs?: number
  readonly idleMs?: number
  readonly handlingMs?: number
}

/** `notifications` with replaceable parts, which its public types do not have. */
export const notifications = client.notifications as (
  options: client.Options,
  parts?: Parts,
) => ReturnType<typeof client.notifications>

/** `Notifications` with replaceable parts, which its public types do not have. */
export const Notifications = client.Notifications as new (
  options: client.Options,
  parts?: Parts,
) => client.Notifications

/** A request that the server got. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers one poll. */
export type Step = (response: ServerResponse, asked: Asked) => unknown

/**
 * Starts a server that answers each poll with one step of a script, and none after its end. It accepts every
 * acknowledgement.
 */
export async function scriptedServer(t: Pick<Test, 'teardown'>, ...script: readonly Step[]) {
  const steps = [...script]
  const polls: Asked[] = []
  const acknowledged: unknown[] = []
  let told = () => {}
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://server')
    let body = ''
    for await (const piece of request) body += piece
    const { method = '', headers } = request
    const asked = { method, path: pathname, query: searchParams, headers, body }
    if (method === 'POST') {
      acknowledged.push(JSON.parse(body))
      response.setHeader('content-type', 'application/json').end('{"acknowledged":1,"unknown":[]}')
    } else {
      polls.push(asked)
      steps.shift()?.(response, asked)
    }
    told()
  })
  return {
    url: await listenHere(t, server),
    polls,
    acknowledged,
    /** Resolves when the condition holds after some request. */
    async has(condition: () => boolean): Promise<void> {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          told = resolve
        })
      }
    },
  }
}

/** A notification in the form of the service. */
export function notification(id: string): client.Notification {
  return {
    id,
    addressee: 'alice',
    subject: 'greeting',
    body: `body of ${id}`,
    contentType: null,
    sentAt: '2026-11-21T20:15:03.120Z',
    deliveryCount: 1,
    correlationId: null,
  }
}

/** Answers 200 with these notifications. */
export function answers(cursor: string, ...ids: readonly string[]): Step {
  return (response) =>
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ notifications: ids.map(notification), cursor, more: false }))
}

/** Answers 204. */
export const nothing: Step = (response) => response.writeHead(204).end()

/** Breaks the connection. */
export const breaks: Step = (response) => response.socket?.resetAndDestroy()

/** Answers with an error of the service. */
export function refuses(status: number, error: string, headers: Record<string, string> = {}): Step {
  return (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ error, message: 'No', context: 'trace-1' }))
}

/** A token with this payload, unsigned: the scripted server does not verify tokens. */
export function tokenOf(sub: string, more: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ iss: 'https://issuer.example', sub, ...more })}.`
}

/** Records the pauses instead of waiting. */
export function noPauses() {
  const pauses: number[] = []
  return {
    pauses,
    pause: async (ms: number) => {
      pauses.push(ms)
    },
  }
}
