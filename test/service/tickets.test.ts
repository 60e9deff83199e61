import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { openEvents } from '../support/event-stream.ts'
import { inEveryModeHere } from '../support/modes.ts'
import { openFrames } from '../support/web-socket.ts'
import type { Problem } from '../support/world.ts'

inEveryModeHere(t, async (t, world) => {
  const [service, other] = await Promise.all([world.peer(t), world.peer(t)])

  /** Makes a request with this query and without a token. */
  const ask = (query: string) => world.ask(service, `/notifications?${query}`)

  t.test('a ticket replaces a token once', async (t) => {
    const response = await world.ask(service, '/tickets', { method: 'POST', headers: world.bearer('alice') })
    t.equal(response.status, 201)
    t.equal(response.headers.get('cache-control'), 'no-store')
    const { ticket, expiresIn } = response.json<{ ticket: string; expiresIn: number }>()
    t.equal(expiresIn, 30)
    t.equal((await ask(`wait=0&ticket=${ticket}`)).status, 204)
    const again = await ask(`wait=0&ticket=${ticket}`)
    t.equal(again.status, 401)
    t.equal(again.json<Problem>().error, 'ERROR_INVALID_JWT')
    t.match(again.headers.get('www-authenticate'), /^Bearer .*error="invalid_token"/)
    const there = await world.ticket(other, 'alice')
    t.equal((await ask(`wait=0&ticket=${there}`)).status, 204, 'a ticket is valid at other instances too')
  })

  t.test('an EventSource and a WebSocket are opened with tickets', async (t) => {
    const events = await openEvents(t, `${service.url}/notifications?ticket=${await world.ticket(service, 'tabs')}`)
    t.match(await events.next(), { event: 'ready', data: { clientId: 'tabs' } })
    const url = `${service.url}/notifications?ack=next&ticket=${await world.ticket(other, 'tabs')}`
    const frames = await openFrames(t, url)
    t.same(await frames.next(), { type: 'registration', clientId: 'tabs' })
    const id = await world.publish(service, 'tabs', 'for both')
    t.equal((await events.notification()).id, id)
    t.equal((await frames.notification()).id, id)
    await t.rejects(openFrames(t, url), /401/, 'used before')
  })

  t.test('of two requests with one ticket at once, one is accepted', async (t) => {
    const ticket = await world.ticket(service, 'race')
    const all = await Promise.all(Array.from({ length: 8 }, () => ask(`wait=0&ticket=${ticket}`)))
    t.same(all.map(({ status }) => status).sort(), [204, 401, 401, 401, 401, 401, 401, 401])
  })

  t.test('an invalid ticket is refused before the query is checked', async (t) => {
    const made = await world.ticket(service, 'bob')
    const changed = `${made.slice(0, -1)}${made.endsWith('A') ? 'B' : 'A'}`
    for (const ticket of ['', 'x', changed, 'A'.repeat(43), 'A'.repeat(5_000), '%00', "';drop table tickets"]) {
      t.equal((await ask(`wait=nonsense&ticket=${encodeURIComponent(ticket)}`)).status, 401, ticket.slice(0, 50))
    }
    t.equal((await ask(`ticket=${made}&ticket=${made}`)).status, 401, 'two')
    t.equal((await ask(`wait=0&ticket=${made}`)).status, 204, 'the ticket is still valid')
  })

  t.test('a request with both a token and a ticket is refused, and the ticket is not used up', async (t) => {
    const ticket = await world.ticket(service, 'bob')
    const both = await world.poll(service, 'bob', `wait=0&ticket=${ticket}`)
    t.equal(both.status, 400)
    t.equal((await ask(`wait=0&ticket=${ticket}`)).status, 204)
  })

  t.test('a ticket is accepted by no other operation, and a token in a URL is refused', async (t) => {
    const ticket = await world.ticket(service, 'bob')
    t.equal((await world.ask(service, `/registrations?ticket=${ticket}`)).status, 401)
    t.equal((await world.ask(service, `/tickets?ticket=${ticket}`, { method: 'POST' })).status, 401)
    const token = world.bearer('bob').authorization.slice('Bearer '.length)
    t.equal((await ask(`access_token=${token}`)).status, 401)
    t.equal((await ask(`wait=0&ticket=${token}`)).status, 401)
    t.equal((await world.poll(service, 'bob', `access_token=${token}`)).status, 400)
  })

  t.test('a ticket and its stream end with the token', async (t) => {
    const exp = Math.floor(Date.now() / 1000) + 8
    const headers = world.bearer('brief', { exp })
    const response = await world.ask(service, '/tickets', { method: 'POST', headers })
    t.ok(response.json<{ expiresIn: number }>().expiresIn < 9)
    const { ticket } = response.json<{ ticket: string }>()
    const events = await openEvents(t, `${service.url}/notifications?ticket=${ticket}`)
    t.equal((await events.next()).event, 'ready')
    t.match(await events.next(), { event: 'bye', data: { reason: 'expired' } })
    t.ok(await events.over, 'in order')
  })

  t.test('the rate of tickets for a client is limited', async (t) => {
    const statuses = new Set<number>()
    await until(async () => {
      const headers = world.bearer('greedy')
      const all = await Promise.all(
        Array.from({ length: 40 }, () => world.ask(service, '/tickets', { method: 'POST', headers })),
      )
      for (const { status } of all) statuses.add(status)
      return statuses.has(429)
    })
    t.same([...statuses].sort(), [201, 429])
  })

  t.test('a ticket is issued for a valid token only', async (t) => {
    t.equal((await world.ask(service, '/tickets', { method: 'POST' })).status, 401)
    t.equal((await world.ask(service, '/tickets')).status, 405)
  })
})
