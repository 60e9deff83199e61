import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { Test } from 'tap'
import { listenHere } from '../../support/listen-here.ts'

/** A recorded response of SQS or of a proxy before it. */
export interface Recorded {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Closes the connection instead of responding. */
  readonly cut?: boolean
}

/** A request as it came over the network. */
export interface Arrived {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const secret = 'a secret key that signs nothing else'

/** An endpoint that gives recorded responses, the last one again and again, and keeps the requests. */
export async function startRecordedSqs(t: Pick<Test, 'teardown'>) {
  let responses: readonly Recorded[] = []
  let arrived: Arrived[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const recorded = responses[Math.min(arrived.length, responses.length - 1)] ?? {}
    arrived.push({ headers: request.headers as Record<string, string>, body })
    if (recorded.cut) return void request.socket.destroy()
    response.writeHead(recorded.status ?? 200, { 'content-type': 'application/x-amz-json-1.0', ...recorded.headers })
    response.end(recorded.body ?? '')
  })
  return {
    endpoint: await listenHere(t, server),
    /** Makes a call while these are the responses; resolves to the requests that it took. */
    async during(recorded: readonly Recorded[], call: () => Promise<unknown>): Promise<readonly Arrived[]> {
      responses = recorded
      arrived = []
      await call()
      return arrived
    },
  }
}

/** Computes the signature of a request (version 4) from its headers, its body and the key, as SQS does. */
export function signatureOf({ headers, body }: Arrived): string {
  const [, date = '', region = '', service = '', names = ''] =
    /Credential=[^/]+\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+),/.exec(
      headers.authorization ?? '',
    ) ?? []
  const canonical = [
    ...['POST', '/', ''],
    ...names.split(';').map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, ' ')}`),
    ...['', names, sha256(body)],
  ].join('\n')
  const text = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    `${date}/${region}/${service}/aws4_request`,
    sha256(canonical),
  ]
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return hmac(key, text.join('\n')).toString('hex')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
