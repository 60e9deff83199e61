import { openEvents } from '../../support/event-stream.ts'
import { openFrames } from '../../support/web-socket.ts'
import { expect } from '../case.ts'
import { type Check, expectError, type TestedService } from './tested-service.ts'

/** A wait after which nothing is expected to come. */
const soon = '1'

/** Runs with a place to release what was opened. */
async function within<Result>(
  work: (owner: { teardown(release: () => void): void }) => Promise<Result>,
): Promise<Result> {
  using releasing = new DisposableStack()
  return await work({ teardown: (release) => releasing.defer(release) })
}

const bearer = ({ tested }: TestedService) => ({ authorization: `Bearer ${tested.token}` })

async function ticketOf(service: TestedService): Promise<string> {
  const response = await service.request('/tickets', { method: 'POST' })
  expect(response.status === 201, `S-TICKET-1: a ticket was refused with ${response.status}`)
  return ((await response.json()) as { ticket: string }).ticket
}

export const streamChecks: readonly Check[] = [
  {
    name: 'a stream of events begins with ready, and the cursor of an event acknowledges all up to it',
    requires: ['S-STREAM-1', 'S-STREAM-2'],
    look: (service) =>
      within(async (owner) => {
        const stream = await openEvents(owner, `${service.tested.url}/notifications?ack=next`, bearer(service))
        const ready = await stream.next()
        expect(ready.event === 'ready' && ready.retry !== null, 'S-STREAM-1: the first event is not ready with retry')
        const caching = String(stream.headers['cache-control'])
        const isLive = /no-store/.test(caching) && /no-transform/.test(caching)
        expect(isLive && stream.headers['x-accel-buffering'] === 'no', `S-STREAM-1: Cache-Control is ${caching}`)
        const sent = [await service.publish(), await service.publish()]
        const got = [await stream.notification(), await stream.notification()]
        expect(
          sent.every((id) => got.some((one) => one.id === id)),
          'S-STREAM-2: other notifications came',
        )
        await service.acknowledge({ cursor: got[1]?.cursor })
        stream.hangUp()
        const after = await service.poll({ wait: soon })
        expect(after.status === 204, `S-STREAM-2: after its cursor a poll was answered with ${after.status}`)
      }),
  },
  {
    name: 'a stream of events says bye before it ends',
    requires: ['S-STREAM-3'],
    look: (service) =>
      within(async (owner) => {
        const stream = await openEvents(owner, `${service.tested.url}/notifications?wait=1`, bearer(service))
        await stream.next()
        const { event, data } = await stream.next()
        const { reason } = data as { reason?: string }
        expect(event === 'bye' && reason === 'timed-out', `S-STREAM-3: the last event was ${event}, ${reason}`)
        expect(await stream.over, 'S-STREAM-3: the response was cut off')
      }),
  },
  {
    name: 'a WebSocket begins with registration, and takes acknowledgements',
    requires: ['S-SOCKET-1', 'S-SOCKET-2'],
    look: (service) =>
      within(async (owner) => {
        const url = `${service.tested.url}/notifications?ack=next`
        const socket = await openFrames(owner, url, { headers: bearer(service) })
        const first = await socket.next()
        expect(first.type === 'registration', `S-SOCKET-1: the first frame is ${first.type}`)
        socket.send({ type: 'nobody-knows-this', cursor: 'x' })
        socket.send('not even JSON')
        const id = await service.publish()
        const got = await socket.notification()
        expect(got.id === id, 'S-SOCKET-1: another notification came')
        socket.send({ type: 'ack', cursor: got.cursor })
        // The acknowledgement and this poll take different ways, so the first answer may still hold it.
        for (let tries = 0; (await service.poll({ wait: soon })).status !== 204; tries++) {
          expect(tries < 10, 'S-SOCKET-1: an acknowledged notification is handed over again')
        }
      }),
  },
  {
    name: 'a WebSocket says bye before it ends, and its close code says why',
    requires: ['S-SOCKET-2'],
    look: (service) =>
      within(async (owner) => {
        const url = `${service.tested.url}/notifications?wait=1`
        const socket = await openFrames(owner, url, { headers: bearer(service) })
        await socket.next()
        const bye = await socket.next()
        expect(bye.type === 'bye', `S-SOCKET-2: the last frame is ${bye.type}`)
        const code = await socket.closed
        expect(code === 1000, `S-SOCKET-2: the close code is ${code}`)
      }),
  },
  {
    name: 'a ticket opens one connection, and no second',
    requires: ['S-TICKET-1'],
    look: (service) =>
      within(async (owner) => {
        const ticket = await ticketOf(service)
        const url = `/notifications?${new URLSearchParams({ ticket, wait: '1' })}`
        const stream = await openEvents(owner, service.tested.url + url)
        expect(stream.status === 200, `S-TICKET-1: the ticket was refused with ${stream.status}`)
        const headers = { authorization: '' }
        await expectError(await service.request(url, { headers }), { number: 'S-TICKET-1', status: 401 })
      }),
  },
]
