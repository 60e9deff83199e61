import { Agent, request } from 'undici'
import { NotPublic, type PublicAddresses } from './addresses.ts'

/** The time for a whole call: resolving the name, connecting, and the answer. */
const timeoutMs = 5_000
/** Idle connections are kept for the next push to the same push service. */
const keepAliveMs = 10_000
/** The part of a body that is read, so that its connection can be used again. Nobody looks at it. */
const maxBodyBytes = 16_384
/** The maximum of calls to one host in flight, and thus of connections. */
const maxPerHost = 16

/** The answer to a call. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null }
  /** The host was not found or reached, or did not answer in time. */
  | { readonly kind: 'unanswered' }
  /** The call was not made, since its host did not answer another one. */
  | { readonly kind: 'put-off' }
  /** The host is at addresses that are not public. Nothing was sent. */
  | { readonly kind: 'not-public' }

/** A request whose answer is of interest for its status alone. */
export interface Call {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Null for none. */
  readonly body: string | null
}

/** Posts calls. Redirects are not followed. */
export interface Post {
  /** Never rejects. */
  post(call: Call, signal: AbortSignal): Promise<Answer>
  /** Ends what is in flight, unanswered. */
  close(): Promise<void>
}

interface Options {
  /** Null posts to any address. */
  readonly addresses: PublicAddresses | null
  /** PEM of the authorities that are trusted; those of Node when absent. */
  readonly ca?: string | undefined
}

/** Returns a `Post` with connections of its own. Calls to a host that does not answer fail at once while others wait for it. */
export function openPost({ addresses, ca }: Options): Post {
  const agent = new Agent({
    connections: maxPerHost,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    connect: {
      timeout: timeoutMs,
      ...(ca === undefined ? {} : { ca }),
      ...(addresses === null ? {} : { lookup: addresses.lookup }),
    },
  })
  return {
    async post({ url, headers, body }, stop) {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)])
      try {
        // Node looks up names alone: for a host that is an address this is the only check.
        if (addresses !== null && isAddress(url)) await addresses.resolve(url.hostname)
        const response = await request(url, { dispatcher: agent, method: 'POST', headers, body, signal })
        const { statusCode: status, headers: answered } = response
        await response.body.dump({ limit: maxBodyBytes, signal }).catch(() => {})
        return { kind: 'answered', status, retryAfter: [answered['retry-after']].flat()[0] ?? null }
      } catch (error) {
        return { kind: error instanceof NotPublic ? 'not-public' : 'unanswered' }
      }
    },
    close: () => agent.destroy(),
  }
}

/** Whether the host of the URL is an IP address, in which form the parser of URLs writes all of them. */
function isAddress({ hostname }: URL): boolean {
  return hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)
}
