import { randomUUID } from 'node:crypto'
import { expect } from '../case.ts'
import type { Requirement } from '../requirement.ts'

/** The running service that is checked, with one client of it and a sender. */
export interface Tested {
  readonly url: string
  /** The token of a client that nobody else uses. */
  readonly token: string
  /** The client id of that token. */
  readonly addressee: string
  /** A token with the scope `notifications:publish`. */
  readonly publisherToken: string
}

/** A requirement of the service that is looked at from outside. */
export interface Check {
  /** A sentence about the service. */
  readonly name: string
  readonly requires: readonly Requirement[]
  readonly look: (service: TestedService) => Promise<void>
}

export interface Handed {
  readonly notifications: readonly { readonly id: string; readonly body: string }[]
  readonly cursor: string
  readonly more: boolean
}

/** No request of a check waits for longer. */
const requestMs = 30_000

/** The requests of the checks. */
export class TestedService {
  readonly tested: Tested

  constructor(tested: Tested) {
    this.tested = tested
  }

  /** Makes a request as the client, unless the headers say otherwise. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.tested.url + path, {
      redirect: 'error',
      signal: AbortSignal.timeout(requestMs),
      ...init,
      headers: { authorization: `Bearer ${this.tested.token}`, ...init.headers },
    })
  }

  async poll(query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response> {
    const more = signal ? { signal } : {}
    return this.request(`/notifications?${new URLSearchParams({ ack: 'next', ...query })}`, more)
  }

  /** Polls until notifications come. */
  async news(query: Readonly<Record<string, string>> = {}): Promise<Handed> {
    const response = await this.poll({ wait: '10', ...query })
    expect(response.status === 200, `S-POLL-1: a poll for what waits was answered with ${response.status}`)
    return (await response.json()) as Handed
  }

  async acknowledge(body: object): Promise<{ readonly acknowledged: number; readonly unknown: readonly string[] }> {
    const response = await this.request('/notifications/ack', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(response.status === 200, `S-ACK-3: an acknowledgement was answered with ${response.status}`)
    return (await response.json()) as { acknowledged: number; unknown: string[] }
  }

  /** Sends a notification to the client. Returns its id. */
  async publish(): Promise<string> {
    const id = `conformance-${randomUUID()}`
    const response = await this.request('/notifications', {
      method: 'POST',
      headers: { authorization: `Bearer ${this.tested.publisherToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ addressee: this.tested.addressee, subject: 'conformance', body: id, id }),
    })
    expect(response.status === 202, `a publication was answered with ${response.status}: ${await response.text()}`)
    return id
  }

  /** Acknowledges everything that waits for the client. */
  async empty(): Promise<void> {
    for (;;) {
      const response = await this.poll({ wait: '0', limit: '100' })
      if (response.status !== 200) return
      const { cursor } = (await response.json()) as Handed
      await this.acknowledge({ cursor })
    }
  }
}

/** Throws unless the response is an error of the service with this status and code. */
export async function expectError(
  response: Response,
  { number, status, code }: { readonly number: string; readonly status: number; readonly code?: string },
): Promise<void> {
  const text = await response.text()
  expect(response.status === status, `${number}: answered with ${response.status} instead of ${status}: ${text}`)
  const { error, message, context } = JSON.parse(text)
  const isOwn = [error, message, context].every((member) => typeof member === 'string') && error.startsWith('ERROR_')
  expect(isOwn, `S-ERR-1: the error has another form: ${text}`)
  expect(context === response.headers.get('trace-id'), 'S-ERR-1: context is not the trace id of the response')
  if (code !== undefined) expect(error === code, `${number}: the error is ${error}`)
}
