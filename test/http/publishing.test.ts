import t from 'tap'
import { startGateway } from '../support/gateway.ts'
import { sharedPostgres } from '../support/postgres.ts'

const server = await sharedPostgres(t)
const gateway = await startGateway(server, t, { maxBodyBytes: 65_536 })
const { pending, url: base } = gateway

const accepted = { id: String, status: 'pending', duplicate: false }

t.test('publishing needs the scope, stores, and recognises a repeated id', async (t) => {
  const one = { addressee: 'readers', subject: 'greeting', body: 'hello' }
  t.equal((await gateway.publish(one, '')).status, 403)
  t.equal((await gateway.publish(one, 'sessions:read')).status, 403)
  const first = await gateway.publish(one)
  t.match([first.status, first.json()], [202, accepted])
  const full = {
    ...one,
    body: '\0\u2028 😀',
    contentType: 'text/x',
    id: 'order-42',
    correlationId: 'c',
    ttlSeconds: 60,
  }
  t.match((await gateway.publish(full)).json(), { id: 'order-42', duplicate: false })
  t.match((await gateway.publish({ ...full, body: 'another' })).json(), { id: 'order-42', duplicate: true })
  const rows = (await pending.readPage('readers')).rows
  const { ttlSeconds: _, ...expected } = full
  t.match(
    rows.map(({ notification }) => notification),
    [{ ...one, contentType: null, correlationId: null }, expected],
  )
})

t.test('a refused publication names the member that is wrong', async (t) => {
  const one = { addressee: 'alice', subject: 'greeting', body: 'hello' }
  const bad: [unknown, RegExp][] = [
    [{ ...one, addressee: undefined }, /addressee/],
    [{ ...one, addressee: 'a\u0000' }, /addressee/],
    [{ ...one, addressee: '😀'.repeat(257) }, /addressee/],
    [{ ...one, subject: '' }, /subject/],
    [{ ...one, body: undefined }, /body/],
    [{ ...one, body: { a: 1 } }, /body/],
    [{ ...one, body: '\ud800' }, /body/],
    [{ ...one, id: '' }, /id/],
    [{ ...one, id: '\udfff' }, /id/],
    [{ ...one, contentType: 'a\r\nb' }, /contentType/],
    [{ ...one, ttlSeconds: 0 }, /ttlSeconds/],
    [{ ...one, ttlSeconds: 604_801 }, /ttlSeconds/],
    [{ ...one, extra: true }, /extra/],
    ['', /JSON|json/],
  ]
  for (const [body, reason] of bad) {
    const answer = await gateway.publish(body)
    t.equal(answer.status, 400)
    t.match(answer.json<{ message: string }>().message, reason)
  }
  const headers = { authorization: `Bearer ${gateway.issuer.token({ scope: 'notifications:publish' })}` }
  t.equal((await gateway.ask(`${base}/notifications`, { method: 'POST', headers })).status, 400, 'no body at all')
  t.equal((await gateway.publish({ ...one, body: 'x'.repeat(65_536) })).status, 413)
})
