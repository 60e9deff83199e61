import type { FastifyInstance } from 'fastify'
import type { Gauge } from '../delivery/gauge.ts'
import type { Load } from '../http/load.ts'

interface Bounded {
  readonly app: Pick<FastifyInstance, 'connections' | 'bodies'>
  readonly load: Pick<Load, 'isTooMuch'>
}

/** Returns a gauge for each bound around requests. Those of the core are among the metrics, those of a mode in the mode. */
export function boundGauges({ app, load }: Bounded): readonly Gauge[] {
  const { connections, bodies } = app
  return [
    { name: 'connections', help: 'Open connections of clients.', read: () => connections.size },
    {
      name: 'requests_in_flight',
      help: 'Requests in flight, held ones included.',
      read: () => connections.requestsInFlight,
    },
    {
      name: 'unsent_bytes',
      help: 'Bytes of responses that clients have not taken.',
      read: () => connections.unsentBytes,
    },
    {
      name: 'arriving_body_bytes',
      help: 'Memory of request bodies that have not arrived completely.',
      read: () => bodies.arrivingBytes,
    },
    {
      name: 'handled_body_bytes',
      help: 'Memory of request bodies that are being handled.',
      read: () => bodies.handledBytes,
    },
    {
      name: 'overloaded',
      help: '1 while newcomers are refused because of the event loop or memory, else 0.',
      read: () => Number(load.isTooMuch),
    },
  ]
}
