import t from 'tap'
import { withInstancesHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'

const world = withInstancesHere(await startWorld(t))
const [service, other] = await Promise.all([world.peer(t), world.peer(t)])

/** Returns the status of a request with this ticket and without a token. */
const use = async (at: typeof service, ticket: string) =>
  (await world.ask(at, `/notifications?wait=0&ticket=${ticket}`)).status

t.test('a ticket that was used at one instance is used up at all instances', async (t) => {
  const ticket = await world.ticket(service, 'alice')
  t.equal(await use(other, ticket), 204)
  t.equal(await use(other, ticket), 401)
  t.equal(await use(service, ticket), 401, 'used up at the instance that issued it too')
})

t.test('of many requests with one ticket at different instances at once, one is accepted', async (t) => {
  const ticket = await world.ticket(service, 'race')
  const all = await Promise.all(Array.from({ length: 8 }, (_, i) => use(i % 2 ? service : other, ticket)))
  t.same(all.sort(), [204, 401, 401, 401, 401, 401, 401, 401])
})

t.test('a ticket that was not used in time is invalid, and is removed', async (t) => {
  const sql = world.sql(t)
  const ticket = await world.ticket(service, 'late')
  const [row] = await sql`
    update tickets set expires_at = now() - interval '1 second' where client_id = 'late'
    returning expires_at + interval '31 seconds' <= now() + interval '30 seconds' as "isShort", ticket_hash as hash`
  t.equal(row?.isShort, true, 'the ticket is valid for half a minute at most')
  t.notMatch(Buffer.from(row?.hash as Uint8Array).toString('latin1'), ticket, 'the ticket itself is not stored')
  t.equal(await use(service, ticket), 401)
  t.equal((await sql`select from tickets where client_id = 'late'`).length, 0)
})
