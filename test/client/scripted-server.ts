import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'notification-service/client'
import type { Test } from 'tap'

/** What a test may replace in the client. */
export interface Parts {
  readonly random?: () => number
  readonly pause?: (ms: number, signal: AbortSignal, network?: object) => Promise<void>
  readonly graceMs?: number
  readonly idleMs?: number
  readonly handlingMs?: number
}

/** `notifications` with what is no part of its contract. */
export const notifications = client.notifications as (
  options: client.Options,
  parts?: Parts,
) => ReturnType<typeof client.notifications>

/** `Notifications` with what is no part of its contract. */
export const Notifications = client.Notifications as new (
  options: client.Options,
  parts?: Parts,
) => client.Notifications

/** One request that has come. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers one poll. */
export type Step = (response: ServerResponse, asked: Asked) => unknown

/** A server that answers polls by a script, one step each, and after its end not at all. It takes every acknowledgement. */
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
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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

/** A notification as the service words it. */
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

/** 200 with these notifications. */
export function answers(cursor: string, ...ids: readonly string[]): Step {
  return (response) =>
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ notifications: ids.map(notification), cursor, more: false }))
}

/** 204. */
export const nothing: Step = (response) => response.writeHead(204).end()

/** The connection breaks. */
export const breaks: Step = (response) => response.socket?.resetAndDestroy()

/** An error of the service. */
export function refuses(status: number, error: string, headers: Record<string, string> = {}): Step {
  return (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ error, message: 'No', context: 'trace-1' }))
}

/** A token whose payload says this; nobody here checks its signature. */
export function tokenOf(sub: string, more: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ iss: 'https://issuer.example', sub, ...more })}.`
}

/** Keeps what is paused, and does not. */
export function noPauses() {
  const pauses: number[] = []
  return {
    pauses,
    pause: async (ms: number) => {
      pauses.push(ms)
    },
  }
}
