import t, { type Test } from 'tap'
import { hashOf } from '../../src/adapters/sqs/envelope.ts'
import { blockWith } from '../docs/blocks.ts'
import { startGateway } from '../support/gateway.ts'
import { sharedPostgres } from '../support/postgres.ts'

const server = await sharedPostgres(t)
const gateway = await startGateway(server, t, { maxBodyBytes: 65_536 })
const { pending, url: base } = gateway

const bearer = `Bearer ${gateway.issuer.token({ scope: 'notifications:publish' })}`

/** Publishes exactly these bytes under these headers. */
const send = (body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>>, path = '') =>
  gateway.ask(`${base}/notifications${path}`, { method: 'POST', body, headers: { authorization: bearer, ...headers } })

const json = { 'content-type': 'application/json' }
const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' }

async function waiting(addressee: string) {
  return (await pending.readPage(addressee)).rows.map(({ notification }) => notification)
}

/** Checks that the request is accepted, and that its addressee gets what is expected. */
async function isStored(t: Test, sent: Parameters<typeof send>, addressee: string, expected: object): Promise<void> {
  const answer = await send(...sent)
  t.equal(answer.status, 202, answer.text)
  t.match((await waiting(addressee)).at(-1), { addressee, ...expected })
}

t.test('the data of a publication reaches the client as the compact text that was sent', async (t) => {
  const texts: readonly [string, string][] = [
    ['{ "order" : 42 }', '{"order":42}'],
    ['[ 1, "a b", null ]', '[1,"a b",null]'],
    ['1.0', '1.0'],
    ['12345678901234567890123', '12345678901234567890123'],
    ['1e400', '1e400'],
    ['"text"', '"text"'],
    ['false', 'false'],
    ['{"a":"\\u00e9 \\/ é"}', '{"a":"\\u00e9 \\/ é"}'],
    ['{"2":1,"1":2}', '{"2":1,"1":2}'],
    ['{"__proto__":1,"constructor":{"prototype":2}}', '{"__proto__":1,"constructor":{"prototype":2}}'],
  ]
  for (const [i, [data, body]] of texts.entries()) {
    const text = `{ "addressee": "data-${i}", "data": ${data}, "subject": "s", "body": null }`
    await isStored(t, [text, json], `data-${i}`, { body, contentType: 'application/json', encoding: null })
  }
  const own = '{"addressee":"patch","subject":"s","data":[],"contentType":"application/json-patch+json"}'
  await isStored(t, [own, json], 'patch', { body: '[]', contentType: 'application/json-patch+json' })
})

t.test('a publication has either a body or data', async (t) => {
  const refused = [
    '"data":1,"body":"b"',
    '"body":null',
    '"data":null',
    '"data":null,"body":null',
    '"data":{"a":1,"a":2}',
    `"data":${'['.repeat(200)}${']'.repeat(200)}`,
    '"body":"b","addressee":"somebody"',
  ]
  for (const members of refused) {
    const answer = await send(`{"addressee":"nobody","subject":"s",${members}}`, json)
    t.match([answer.status, answer.json()], [400, { error: 'ERROR_INVALID_ARGUMENT' }], members)
  }
  await isStored(t, ['{"addressee":"both","subject":"s","body":"b","data":null}', json], 'both', { body: 'b' })
  t.same(await waiting('nobody'), [])
})

const event = { specversion: '1.0', id: '1', source: '/orders', type: 'order.shipped', addressee: 'alice' }

t.test('a CloudEvent in structured form is a publication', async (t) => {
  const forms: readonly [object, object][] = [
    [{}, { subject: 'order.shipped', body: '', contentType: null }],
    [{ data: { a: 1 } }, { body: '{"a":1}', contentType: 'application/json' }],
    [
      { data: 'text', datacontenttype: 'text/plain' },
      { body: 'text', contentType: 'text/plain' },
    ],
    [{ data_base64: 'AP8=' }, { body: 'AP8=', encoding: 'base64' }],
    [{ data_base64: 'aGVsbG8=' }, { body: 'hello', encoding: null }],
    [{ time: '2026-11-21T21:15:03+01:00' }, { sentAt: '2026-11-21T20:15:03.000Z' }],
    [{ correlationid: 'job-17', other: 'ignored' }, { correlationId: 'job-17' }],
  ]
  for (const [i, [more, expected]] of forms.entries()) {
    const sent = { ...event, id: `structured-${i}`, addressee: `structured-${i}`, ...more }
    const id = hashOf('/orders', `structured-${i}`)
    await isStored(t, [JSON.stringify(sent), structured], sent.addressee, { id, ...expected })
  }
})

t.test('a CloudEvent in binary form is a publication, whatever the type of its data', async (t) => {
  const headers = (i: number, more: Readonly<Record<string, string>> = {}) => ({
    'ce-specversion': '1.0',
    'ce-id': `binary-${i}`,
    'ce-source': '/orders',
    'ce-type': 'order.shipped',
    'ce-addressee': `binary-${i}`,
    ...more,
  })
  const publication = '{"addressee":"somebody else","subject":"s","body":"b"}'
  const forms: readonly [string | Uint8Array<ArrayBuffer>, Record<string, string>, object][] = [
    [publication, json, { body: publication, contentType: 'application/json', subject: 'order.shipped' }],
    ['not { json', json, { body: 'not { json', contentType: 'application/json' }],
    ['', {}, { body: '' }],
    [new Uint8Array([0, 255]), { 'content-type': 'image/x' }, { body: 'AP8=', encoding: 'base64' }],
    [
      'x',
      { 'ce-type': 'gr%C3%BC%C3%9Fe', 'ce-correlationid': '"a \\"b\\""' },
      { subject: 'grüße', correlationId: 'a "b"' },
    ],
    ['x', { 'ce-time': '2026-11-21T20:15:03Z', 'ce-unknown': 'x' }, { sentAt: '2026-11-21T20:15:03.000Z' }],
  ]
  for (const [i, [body, more, expected]] of forms.entries()) {
    const id = hashOf('/orders', `binary-${i}`)
    await isStored(t, [body, headers(i, more)], `binary-${i}`, { id, ...expected })
  }
  t.same(await waiting('somebody else'), [], 'the data is not looked at')
})

t.test('an event in structured form may repeat its attributes as headers', async (t) => {
  const sent = { ...event, id: 'repeated', addressee: 'repeated', data: 'x' }
  const headers = { ...structured, 'ce-specversion': '1.0', 'ce-id': 'repeated' }
  await isStored(t, [JSON.stringify(sent), headers], 'repeated', { body: 'x' })
})

t.test('an event that is sent again is a duplicate in either form', async (t) => {
  const sent = { ...event, id: 'again', addressee: 'twice', data: 'x' }
  const first = await send(JSON.stringify(sent), structured)
  t.match(first.json(), { duplicate: false })
  t.match((await send(JSON.stringify(sent), structured)).json(), {
    id: first.json<{ id: string }>().id,
    duplicate: true,
  })
  const attributes = { 'ce-specversion': '1.0', 'ce-id': 'again', 'ce-source': '/orders', 'ce-type': 'order.shipped' }
  t.match((await send('x', { ...attributes, 'ce-addressee': 'twice' })).json(), { duplicate: true })
  t.equal((await waiting('twice')).length, 1)
})

t.test('an event that is none is refused with the reason', async (t) => {
  const wrong: readonly [string, RegExp][] = [
    ['', /body/],
    ['{}', /CloudEvent/],
    ['[]', /CloudEvent/],
    ['{', /CloudEvent/],
    [JSON.stringify({ ...event, specversion: '0.3' }), /specversion/],
    [JSON.stringify({ ...event, addressee: undefined }), /addressee/],
    [JSON.stringify({ ...event, addressee: 'a\nb' }), /addressee/],
    [JSON.stringify({ ...event, type: 'x'.repeat(257) }), /subject/],
    [JSON.stringify({ ...event, data: 1, data_base64: 'AA==' }), /data_base64/],
    [JSON.stringify({ ...event, data_base64: '?' }), /base64/],
    [JSON.stringify({ ...event, datacontenttype: 'x'.repeat(257) }), /content type/],
    [JSON.stringify(event).replace('{', '{"addressee":"bob",'), /twice/],
    [JSON.stringify({ ...event, data: '\ud800' }), /Unicode/],
  ]
  for (const [body, reason] of wrong) {
    const answer = await send(body, structured)
    t.equal(answer.status, 400, body)
    t.match(answer.json<{ message: string }>().message, reason, body)
  }
  const good = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't', 'ce-addressee': 'nobody' }
  const wrongHeaders = [
    { 'ce-specversion': '2.0' },
    { 'ce-id': '' },
    { 'ce-type': '%' },
    { 'ce-addressee': '%00' },
    { 'ce-addressee': 'j\u00f6rg' },
    { 'content-encoding': 'gzip' },
  ]
  for (const more of wrongHeaders) t.equal((await send('x', { ...good, ...more })).status, 400, JSON.stringify(more))
  t.equal((await send('<x/>', { 'content-type': 'application/xml' })).status, 400, 'no form at all')
  t.equal((await send(JSON.stringify({ ...event, data: 'x'.repeat(65_536) }), structured)).status, 413)
  t.equal((await send('x'.repeat(65_537), good)).status, 413)
  t.same(await waiting('nobody'), [])
})

t.test('an API destination of EventBridge publishes with the input transformer of the documentation', async (t) => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
  const event = {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'Order Shipped',
    source: 'shop.orders',
    account: '111122223333',
    time: '2026-11-21T20:15:03Z',
    region: 'eu-central-1',
    resources: [],
    detail: { user: 'eventbridge', order: 42 },
  }
  const template = blockWith('"<detail>"', 'sending.md').text.replace('"<detail>"', '<detail>')
  const values = { user: event.detail.user, detail: JSON.stringify(event.detail), id: event.id }
  const body = Object.entries(values).reduce((text, [name, value]) => text.replace(`<${name}>`, value), template)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Amazon/EventBridge/ApiDestinations',
    range: 'bytes=0-1048575',
    'accept-encoding': 'gzip, deflate',
  }
  const expected = { id: event.id, subject: 'order.shipped', body: '{"user":"eventbridge","order":42}' }
  await isStored(t, [body, headers], 'eventbridge', { ...expected, contentType: 'application/json' })
  t.match((await send(body, headers)).json(), { id: event.id, duplicate: true }, 'EventBridge repeats an event')
})

t.test('each publication of a batch has a result of its own, in its order', async (t) => {
  const entries = [
    '{"addressee":"first","subject":"s","body":"1","id":"a"}',
    '{"addressee":"second","subject":"s","data": { "n" : 1.0 }}',
    '{"addressee":"","subject":"s","body":"3"}',
    '7',
    'null',
    '{"addressee":"first","subject":"s","data":{"a":1,"a":2}}',
    '{"addressee":"first","subject":"s","body":"4","id":"a"}',
    '{"addressee":"first","subject":"s","body":"5","ttlSeconds":604801}',
    '{"addressee":"first","subject":"s","body":"6"}',
  ]
  const answer = await send(`{"notifications":[${entries.join(' , ')}]}`, json, '/batch')
  t.equal(answer.status, 200, answer.text)
  const refused = { httpStatus: 400, error: 'ERROR_INVALID_ARGUMENT', message: String }
  const stored = { httpStatus: 202, id: String, status: 'pending', duplicate: false }
  t.match(answer.json(), {
    results: [
      { ...stored, id: 'a' },
      stored,
      { ...refused, message: /addressee/ },
      refused,
      refused,
      { ...refused, message: /twice/ },
      { ...stored, id: 'a', duplicate: true },
      { ...refused, message: /ttlSeconds/ },
      stored,
    ],
  })
  t.same(
    (await waiting('first')).map(({ body }) => body),
    ['1', '6'],
  )
  t.match(await waiting('second'), [{ body: '{"n":1.0}', contentType: 'application/json' }])
})

t.test('a batch of a hundred keeps the order of each client, and another is refused as a whole', async (t) => {
  const entry = (i: number) => ({ addressee: `many-${i % 3}`, subject: 's', body: `${i}` })
  const batch = (length: number) => JSON.stringify({ notifications: Array.from({ length }, (_, i) => entry(i)) })
  const answer = await send(batch(100), json, '/batch')
  t.equal(answer.status, 200)
  t.ok(answer.json<{ results: { httpStatus: number }[] }>().results.every(({ httpStatus }) => httpStatus === 202))
  for (const client of [0, 1, 2]) {
    const order = (await waiting(`many-${client}`)).map(({ body }) => Number(body))
    t.same(
      order,
      order.toSorted((a, b) => a - b),
    )
    t.ok(order.length >= 20, 'a page at least')
  }
  const refused = [
    '',
    '[]',
    '{}',
    '{"notifications":[]}',
    '{"notifications":{}}',
    batch(101),
    // Another reader, such as a firewall, may take the first list for the only one.
    `{"notifications":[],${batch(1).slice(1)}`,
    `{"notifications":"","\\u006eotifications"${batch(1).slice('{"notifications"'.length)}`,
    '{"notifications":[],"x":1}',
  ]
  for (const body of refused) t.equal((await send(body, json, '/batch')).status, 400, body.slice(0, 40))
  for (const headers of [{ 'content-type': 'text/plain' }, structured, { 'ce-specversion': '1.0' }]) {
    const answer = await send(batch(1), headers, '/batch')
    t.match([answer.status, answer.json()], [400, { message: /application\/json$/ }])
  }
  t.equal(
    (await send(JSON.stringify({ notifications: [{ ...entry(0), body: 'x'.repeat(65_536) }] }), json, '/batch')).status,
    413,
  )
  t.equal(
    (await send(batch(1), { ...json, authorization: `Bearer ${gateway.issuer.token({ scope: '' })}` }, '/batch'))
      .status,
    403,
  )
})

t.test('a client that has as much as it may has no effect on the others of a batch', async (t) => {
  const small = await startGateway(server, t, { cap: 5 })
  const notifications = ['full', 'calm'].flatMap((addressee) =>
    Array.from({ length: addressee === 'full' ? 8 : 3 }, (_, i) => ({ addressee, subject: 's', body: `${i}` })),
  )
  const answer = await small.ask(`${small.url}/notifications/batch`, {
    method: 'POST',
    body: JSON.stringify({ notifications }),
    headers: { ...json, authorization: `Bearer ${small.issuer.token({ scope: 'notifications:publish' })}` },
  })
  const { results } = answer.json<{ results: { httpStatus: number; error?: string }[] }>()
  t.same(
    results.map(({ httpStatus }) => httpStatus),
    [202, 202, 202, 202, 202, 429, 429, 429, 202, 202, 202],
  )
  t.match(results[5], { error: 'ERROR_TOO_MANY_REQUESTS', message: String })
})

t.test('a publication says when it expires, in each of its forms', async (t) => {
  const expiresAt = '2036-01-01T00:00:00.000Z'
  const own = { subject: 's', body: 'b' }
  await isStored(t, [JSON.stringify({ ...own, addressee: 'e1', expiresAt }), json], 'e1', {
    expiresAt: /^20\d\d-\d\d-\d\dT[\d:.]+Z$/,
  })
  const event = { specversion: '1.0', id: '1', source: '/s', type: 's' }
  for (const [addressee, more] of Object.entries({ e2: { expirytime: expiresAt }, e3: { expiresat: expiresAt } })) {
    await isStored(t, [JSON.stringify({ ...event, addressee, ...more }), structured], addressee, { expiresAt: /Z$/ })
  }
  const binary = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 's', 'ce-addressee': 'e4' }
  await isStored(t, ['b', { ...binary, 'ce-ttlseconds': '60' }], 'e4', { expiresAt: /Z$/ })
  for (const more of [
    { expiresAt: 'soon' },
    { expiresAt: '2036-01-01T00:00:00' },
    { expiresAt: 5 },
    { ttlSeconds: 0 },
  ]) {
    t.equal((await send(JSON.stringify({ ...own, addressee: 'e5', ...more }), json)).status, 400, JSON.stringify(more))
  }
  for (const more of [{ expirytime: 'soon' }, { ttlseconds: 0 }, { ttlseconds: 1e9 }, { ttlseconds: 604_801 }]) {
    const answer = await send(JSON.stringify({ ...event, addressee: 'e5', ...more }), structured)
    t.equal(answer.status, 400, JSON.stringify(more))
  }
  t.equal((await send('b', { ...binary, 'ce-addressee': 'e5', 'ce-expiresat': 'soon' })).status, 400)
  t.same(await waiting('e5'), [])
})

t.test('a CloudEvent asks for a receipt, in each of its forms', async (t) => {
  const event = { specversion: '1.0', id: '1', source: '/s', type: 's' }
  const binary = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 's' }
  for (const [addressee, more, receipt] of [
    ['r1', { receiptto: 'orders' }, { to: 'orders' }],
    ['r2', { receipt: true }, { to: null }],
    ['r3', { receipt: 'R-17' }, undefined],
  ] as const) {
    await isStored(t, [JSON.stringify({ ...event, addressee, ...more }), structured], addressee, { receipt })
  }
  const toOrders = { ...binary, 'ce-addressee': 'r4', 'ce-receiptto': 'orders' }
  await isStored(t, ['b', toOrders], 'r4', { receipt: { to: 'orders' } })
  await isStored(t, ['b', { ...binary, 'ce-addressee': 'r5', 'ce-receipt': 'true' }], 'r5', { receipt: { to: null } })
  const refused = [
    await send(JSON.stringify({ ...event, addressee: 'r6', receiptto: 'other' }), structured),
    await send(JSON.stringify({ ...event, addressee: 'r6', receiptto: 5 }), structured),
    await send('b', { ...binary, 'ce-addressee': 'r6', 'ce-receiptto': 'other' }),
  ]
  t.same(
    refused.map(({ status }) => status),
    [400, 400, 400],
  )
  t.same(await waiting('r6'), [])
})

t.test('a time that has passed is accepted, and repeated as any publication', async (t) => {
  const past = JSON.stringify({
    addressee: 'late',
    subject: 's',
    body: 'b',
    id: '1',
    expiresAt: '2020-01-01T00:00:00Z',
  })
  for (const duplicate of [false, true]) {
    const answer = await send(past, json)
    t.equal(answer.status, 202)
    t.match(JSON.parse(answer.text), { id: '1', duplicate })
  }
  t.same(await waiting('late'), [])
})
