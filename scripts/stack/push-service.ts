import { createPublicKey, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A push that a push service has been given. */
export interface Push {
  /** The last part of the endpoint: the name of the device. */
  readonly device: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The length of its content in bytes. */
  readonly length: number
  /** Why the push service refuses it; null when it is as the RFCs have it. */
  readonly fault: string | null
  /** The status that it was answered with; null when it is left without an answer. */
  readonly status: number | null
}

/** The answer of a push service to a push that is right: a status, with headers, or none at all. */
export type PushAnswer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'none'

/** A push service (RFC 8030) on loopback, which checks who is pushing (RFC 8292) as those of browsers do. */
export interface PushService {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly pushes: readonly Push[]
  /** The endpoint of a device. */
  endpoint(device: string): string
  /** From now on pushes for the device are answered so; at first they are accepted with 201. */
  answer(device: string, answer: PushAnswer): void
  /** Called for each push that is accepted. */
  onPush: (push: Push) => void
  close(): Promise<void>
}

/** Starts a push service that accepts pushes of the owner of this key alone; of any owner when it is null. */
export async function startPushService(publicKey: string | null, port = 0): Promise<PushService> {
  const pushes: Push[] = []
  const answers = new Map<string, PushAnswer>()
  const server = createServer((request, response) => void receive(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const length = await lengthOf(request)
    // The sender has ended, and nobody waits for an answer.
    if (length === null) return
    const device = decodeURIComponent(request.url?.split('/').at(-1) ?? '')
    const fault = faultOf(request, length, url, publicKey)
    const answer = fault === null ? (answers.get(device) ?? { status: 201 }) : { status: 403 }
    const headers = request.headers as Record<string, string | undefined>
    const push = { device, headers, length, fault, status: answer === 'none' ? null : answer.status }
    pushes.push(push)
    if (push.status === 201) service.onPush(push)
    if (answer !== 'none') response.writeHead(answer.status, answer.headers).end(fault ?? undefined)
  }

  const service: PushService = {
    url,
    pushes,
    endpoint: (device) => `${url}/push/${encodeURIComponent(device)}`,
    answer: (device, answer) => void answers.set(device, answer),
    onPush() {},
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return service
}

/** Returns the length of the content in bytes; null when the request ended before. */
async function lengthOf(request: IncomingMessage): Promise<number | null> {
  let length = 0
  try {
    for await (const chunk of request) length += (chunk as Buffer).length
    return length
  } catch {
    return null
  }
}

const daySeconds = 86_400

/** Returns what a push service finds wrong with a push, or null. */
function faultOf(request: IncomingMessage, length: number, url: string, publicKey: string | null): string | null {
  const { method, headers } = request
  if (method !== 'POST') return `the method is ${method}`
  if (length > 0) return 'the push has content, which is not encrypted'
  if (!/^\d+$/.test(String(headers.ttl))) return 'there is no TTL'
  if (!/^(very-low|low|normal|high)$/.test(String(headers.urgency))) return 'the urgency is none of RFC 8030'
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(String(headers.topic))) return 'the topic is none of RFC 8030'
  const [, token = '', key = ''] = /^vapid t=([^,\s]+), ?k=(\S+)$/.exec(headers.authorization ?? '') ?? []
  if (token === '') return 'there is no authorization of the scheme vapid'
  if (publicKey !== null && key !== publicKey) return 'the key is not the key of the subscription'
  const [head = '', payload = '', signature = ''] = token.split('.')
  if (read(head).alg !== 'ES256') return 'the token is not of ES256'
  if (!isSigned(`${head}.${payload}`, signature, key)) return 'the signature is wrong'
  const { aud, exp, sub } = read(payload)
  if (aud !== url) return `the audience is ${aud}`
  const left = Number(exp) - Date.now() / 1000
  if (!(left > 0 && left <= daySeconds)) return 'the token has expired, or is valid for more than a day'
  if (!/^(mailto:|https:)/.test(String(sub))) return `the subject is ${sub}`
  return null
}

function read(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}

function isSigned(text: string, signature: string, publicKey: string): boolean {
  const point = Buffer.from(publicKey, 'base64url')
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
  try {
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
    return verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}
