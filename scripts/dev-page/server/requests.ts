import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, type RefusalCode } from '../../../src/delivery/refusal.ts'

/** The names of this host in the URL of the page. */
const ownNames = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Refuses other names of this host, since a foreign page could make a name of its own resolve to this host (DNS
 * rebinding), and requests of foreign pages that change anything. Programs other than browsers may do as they like: they
 * can read the signing key anyway.
 */
export function refuseForeign({ headers, method }: FastifyRequest): void {
  if (!ownNames.has((headers.host ?? '').replace(/:\d+$/, ''))) throw new Refusal('ERROR_FORBIDDEN')
  const isOwn = (headers['sec-fetch-site'] ?? 'same-origin') === 'same-origin'
  if (method !== 'GET' && method !== 'HEAD' && !isOwn) throw new Refusal('ERROR_FORBIDDEN')
}

/** Sets the headers of every response. The page may send requests to this server and to these instances only. */
export function setHeaders(reply: FastifyReply, instances: readonly string[]): void {
  reply.headers({
    'cache-control': 'no-store',
    'content-security-policy': policy(instances),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
}

function policy(origins: readonly string[]): string {
  const talksTo = [...new Set(origins.flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]))]
  return `default-src 'self'; connect-src 'self' ${talksTo.join(' ')}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

/** Writes an error as the service does. */
export function sendError(error: unknown, reply: FastifyReply): FastifyReply {
  const { status, code, message } = error instanceof Refusal ? error : refusalOf(error)
  return reply.code(status).send({ error: code, message })
}

function refusalOf(error: unknown): { readonly status: number; readonly code: RefusalCode; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error)
  const isInvalid = error instanceof Error && 'statusCode' in error && error.statusCode === 400
  return isInvalid
    ? { status: 400, code: 'ERROR_INVALID_ARGUMENT', message }
    : { status: 500, code: 'ERROR_INTERNAL_SERVER_ERROR', message }
}
