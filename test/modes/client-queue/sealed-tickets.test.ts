import t from 'tap'
import { sealedTickets } from '../../../src/modes/client-queue/sealed-tickets.ts'

const secrets = ['a secret of at least thirty-two characters']
const holder = { clientId: 'alice', expiresAtMs: 10_000_000 }

t.test('a sealed ticket is good once and for its time', async (t) => {
  let now = 1_000_000
  const tickets = sealedTickets(secrets, () => now)
  const [used, unused] = [await tickets.issue(holder, 30), await tickets.issue(holder, 30)]
  now += 29_999
  t.same(await tickets.redeem(used), holder)
  t.equal(await tickets.redeem(used), null)
  now += 1
  t.equal(await tickets.redeem(unused), null)
  t.equal(await tickets.redeem('unknown'), null)
})

t.test('used tickets are remembered as long as they would be good', async (t) => {
  let now = 1_000_000
  const tickets = sealedTickets(secrets, () => now)
  const all = await Promise.all(Array.from({ length: 500 }, () => tickets.issue(holder, 30)))
  for (const ticket of all) t.ok(await tickets.redeem(ticket))
  now += 20_000
  for (const ticket of all) t.equal(await tickets.redeem(ticket), null)
})
