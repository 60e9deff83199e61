import type { ClientProcess } from './client-process.ts'
import type { Exchange } from './service/exchange.ts'
import type { StandInService } from './service/stand-in-service.ts'

/** A connection that the client has closed may look open for so long. */
const closingMs = 1_000

/** Holds every request of a client to the requirements that apply to all requests, whatever the case is about. */
export function watchRequests(
  service: StandInService,
  client: ClientProcess,
  violate: (sentence: string) => void,
): void {
  service.onRequest = (exchange) => {
    if (exchange.token === '') violate('P-POLL-1: a request has no bearer token')
    if (
      [...service.tokens].some((token) => exchange.path.includes(token) || [...exchange.query.values()].includes(token))
    ) {
      violate('P-POLL-1: a URL contains the token')
    }
    if (exchange.method === 'GET') watchPoll(service, exchange, violate)
    watchAcknowledgement(service, client, exchange, violate)
  }
}

function watchPoll(service: StandInService, exchange: Exchange, violate: (sentence: string) => void): void {
  const { path, query, headers } = exchange
  if (path !== '/base/notifications') violate(`P-POLL-1: a poll asks for ${path}`)
  if (query.get('ack') !== 'next') violate('P-ACK-1: a poll does not say ack=next')
  const isStream = headers.accept?.includes('text/event-stream')
  if (!isStream && !(Number(query.get('wait')) > 0)) violate('P-POLL-2: a poll has no wait')
  const others = service.polls.filter((poll) => poll !== exchange && !poll.isOver)
  if (others.length === 0) return
  setTimeout(() => {
    const areBothOpen = !exchange.isOver && others.some((poll) => !poll.isOver)
    if (areBothOpen) violate('P-POLL-4: two polls are held at the same time')
  }, closingMs)
}

function watchAcknowledgement(
  service: StandInService,
  client: ClientProcess,
  { method, path, body, carried }: Exchange,
  violate: (sentence: string) => void,
): void {
  let cursor: unknown = carried
  let ids: unknown = []
  if (method === 'POST') {
    if (path !== '/base/notifications/ack') violate(`P-ACK-5: an acknowledgement is sent to ${path}`)
    try {
      ;({ cursor = '', ids = [] } = JSON.parse(body))
    } catch {
      return violate(`P-ACK-5: the body of an acknowledgement is not JSON: ${body.slice(0, 200)}`)
    }
  }
  const known = cursor === '' ? [] : service.idsOf(String(cursor))
  if (known === null) violate(`P-ACK-3: the service has given no such cursor: ${cursor}`)
  const early = [...(known ?? []), ...(ids as string[])].filter((id) => !client.done.has(id))
  if (early.length > 0) violate(`P-ACK-2: ${early.join(', ')} acknowledged before the application was done`)
}
