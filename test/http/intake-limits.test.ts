import t from 'tap'
import { startGateway } from '../support/gateway.ts'
import { sharedPostgres } from '../support/postgres.ts'

const server = await sharedPostgres(t)

t.test('too many callbacks in a short time are 429, per URL and per client', async (t) => {
  const often = { burst: 1_000, perSecond: 1_000 }
  const few = { burst: 3, perSecond: 0.01 }
  const byUrl = await startGateway(server, t, {
    rates: { perCallbackUrl: few, perAddressee: often, registrationsPerClient: few },
  })
  const [one, two] = [await byUrl.callbackUrl('alice'), await byUrl.callbackUrl('alice')]
  for (const status of [202, 202, 202, 429]) t.equal((await byUrl.call(one)).status, status)
  t.ok(Number((await byUrl.call(one)).headers.get('retry-after')) > 1)
  t.equal((await byUrl.call(two)).status, 202)
  for (const status of [201, 429]) t.equal((await byUrl.registerAs('alice')).status, status)
  for (let i = 0; i < 5; i++) t.equal((await byUrl.call(`${byUrl.url}/callback/unknown`)).status, 404)

  const byClient = await startGateway(server, t, {
    rates: { perCallbackUrl: often, perAddressee: few, registrationsPerClient: often },
  })
  const url = await byClient.callbackUrl('alice')
  for (const status of [202, 202, 202, 429]) t.equal((await byClient.call(url)).status, status)
  const publication = { addressee: 'alice', subject: 's', body: '' }
  t.equal((await byClient.publish(publication)).status, 429)
  t.equal((await byClient.publish({ ...publication, addressee: 'bob' })).status, 202)
})

t.test('callbacks for a client that does not fetch are 429', async (t) => {
  const small = await startGateway(server, t, { cap: 2 })
  const url = await small.callbackUrl('alice')
  for (const status of [202, 202, 429]) t.equal((await small.call(url)).status, status)
  const refused = await small.publish({ addressee: 'alice', subject: 's', body: '' })
  t.match([refused.status, refused.headers.get('retry-after')], [429, '60'])
})
