import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { webhookHeaders } from '../../src/adapters/standard-webhook.ts'
import { devices } from '../support/devices.ts'
import { keepSecret } from '../support/leaks.ts'
import { openPushService, subscriptionAt } from '../support/push-service.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { tasks } from '../support/tasks.ts'
import { type Problem, startWorld } from '../support/world.ts'

// Some of what is waited for takes seconds.
t.jobs = 12
const secret = keepSecret('whsec_c2VjcmV0IG9mIHRoZSB3ZWJob29rcw==')

const world = withInstancesHere(await startWorld(t))
const sql = world.sql(t)
const { publish } = tasks(world)
const { put, remove, subscribe } = devices(world)
const pushService = await openPushService(t)
const called: { readonly headers: Record<string, string>; readonly body: string }[] = []
const sender = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  called.push({ headers: request.headers as Record<string, string>, body })
  response.writeHead(body.includes('gone') ? 410 : 200).end()
})
await new Promise<void>((resolve) => void sender.listen(0, '127.0.0.1', resolve))
t.teardown(() => {
  sender.closeAllConnections()
  sender.close()
})
const env = {
  ...pushService.env,
  WAKE_UP_WEBHOOK_URL: `http://127.0.0.1:${(sender.address() as AddressInfo).port}/wake`,
  WAKE_UP_WEBHOOK_SECRET: secret,
}
const [service, other] = await Promise.all([world.peer(t, env), world.peer(t, env)])

/** Returns the row of a device, if there is one. */
async function rowOf(clientId: string) {
  const rows = await sql<{ failures: number; due: boolean; rests: number }[]>`
    select failures, due_at is not null as due, extract(epoch from rest_until - now())::float8 as rests
    from wake_ups where client_id = ${clientId}`
  return rows[0]
}

t.test('a device is woken without content when something is stored for its absent client', async (t) => {
  await subscribe(service, 'away', 'phone', pushService.endpoint('phone'))
  const accepted = await publish(other, { addressee: 'away', body: 'secret of a body' })
  t.match([accepted.status, accepted.json()], [202, { status: 'pending' }])
  const [push] = await pushService.pushed('phone')
  t.match(push, { fault: null, length: 0, status: 201 })
  t.match(push?.headers, { urgency: 'high', topic: 'notifications', ttl: '604800', 'content-length': '0' })
  const { notifications } = await world.next(service, 'away')
  t.match(notifications, [{ body: 'secret of a body' }])
})

t.test('a device gets one push in half a minute, whichever instances store notifications', async (t) => {
  await subscribe(service, 'busy', 'tablet', pushService.endpoint('tablet'))
  await subscribe(service, 'busy', 'watch', pushService.endpoint('watch'))
  await Promise.all(Array.from({ length: 20 }, (_, i) => publish(i % 2 ? service : other, { addressee: 'busy' })))
  await Promise.all([pushService.pushed('tablet'), pushService.pushed('watch')])
  await until(async () => (await rowOf('busy'))?.due === true || (await rowOf('busy'))?.failures === 0)
  t.equal((await pushService.pushed('tablet')).length, 1)
  t.equal((await pushService.pushed('watch')).length, 1)
  // Half a minute passes.
  await publish(service, { addressee: 'busy' })
  await sql`
    update wake_ups set rest_until = now(), due_at = case when due_at is null then null else now() end
    where client_id = 'busy'`
  await publish(other, { addressee: 'busy' })
  await Promise.all([pushService.pushed('tablet', 2), pushService.pushed('watch', 2)])
})

t.test('a client that holds a poll is not woken, and one that has stopped polling is', async (t) => {
  await subscribe(service, 'reader', 'reader-phone', pushService.endpoint('reader-phone'))
  const held = world.poll(service, 'reader', 'wait=20&ack=next')
  await until(async () => (await world.session(service, 'reader')).online)
  await publish(other, { addressee: 'reader' })
  const { cursor } = await held
  await world.poll(service, 'reader', `wait=0&cursor=${cursor}`)
  t.same(await rowOf('reader').then((row) => row?.due), false)
  t.equal(pushService.pushes.filter(({ device }) => device === 'reader-phone').length, 0)
  const accepted = await publish(other, { addressee: 'reader' })
  t.match(accepted.json(), { status: 'live' }, 'its session outlives the poll')
  await pushService.pushed('reader-phone')
})

t.test('a webhook gets the token of the device, signed as Standard Webhooks has it', async (t) => {
  const token = keepSecret('fcm-token-of-the-device')
  t.equal((await put(service, 'app', 'pixel', { type: 'webhook', token })).status, 204)
  await publish(service, { addressee: 'app' })
  await until(() => called.length > 0)
  const [call] = called
  t.same(JSON.parse(call?.body ?? ''), { clientId: 'app', deviceId: 'pixel', token })
  const id = call?.headers['webhook-id'] ?? ''
  const at = new Date(Number(call?.headers['webhook-timestamp']) * 1000)
  t.match(call?.headers, webhookHeaders(secret, { id, at, body: call?.body ?? '' }))
  t.equal((await put(service, 'app', 'pixel', { type: 'webhook', token: 'gone-token' })).status, 204)
  await sql`update wake_ups set rest_until = now() where client_id = 'app'`
  await publish(service, { addressee: 'app' })
  await until(async () => (await rowOf('app')) === undefined)
})

t.test('a push service that says a device is gone has it forgotten, and any other failure does not', async (t) => {
  const elsewhere = { status: 307, headers: { location: pushService.endpoint('redirected') } }
  const answers = {
    'gone-404': { status: 404 },
    'gone-410': { status: 410 },
    'busy-429': { status: 429, headers: { 'retry-after': '120' } },
    'broken-500': { status: 500, headers: { 'retry-after': '7200' } },
    redirects: elsewhere,
    silent: 'none',
  } as const
  for (const [device, answer] of Object.entries(answers)) {
    pushService.answer(device, answer)
    await subscribe(service, device, device, pushService.endpoint(device))
  }
  for (const addressee of Object.keys(answers)) {
    t.equal((await publish(service, { addressee })).status, 202, 'nobody waits for a push service')
  }
  await Promise.all(Object.keys(answers).map((device) => pushService.pushed(device)))
  for (const gone of ['gone-404', 'gone-410']) await until(async () => (await rowOf(gone)) === undefined)
  for (const failed of ['busy-429', 'broken-500', 'redirects', 'silent']) {
    await until(async () => (await rowOf(failed))?.failures === 1)
  }
  const busy = await rowOf('busy-429')
  t.ok(busy?.due && busy.rests > 90 && busy.rests <= 120, 'Retry-After is kept to')
  const broken = await rowOf('broken-500')
  t.ok(broken?.due && broken.rests > 3_500 && broken.rests <= 3_600, 'for an hour at most')
  t.match(await rowOf('redirects'), { due: false })
  t.match(await rowOf('silent'), { due: true })
  t.equal(pushService.pushes.filter(({ device }) => device === 'redirected').length, 0, 'no redirect is followed')
  for (const addressee of Object.keys(answers)) {
    t.equal((await world.next(service, addressee, 'wait=5')).notifications.length, 1, 'nothing is lost')
  }
  pushService.answer('broken-500', { status: 201 })
  await publish(service, { addressee: 'broken-500' })
  await sql`update wake_ups set due_at = now(), rest_until = now() where client_id = 'broken-500'`
  await pushService.pushed('broken-500', 2)
  await until(async () => (await rowOf('broken-500'))?.failures === 0)
  t.ok((await world.metric(service, 'wake_ups_total')) + (await world.metric(other, 'wake_ups_total')) > 8)
})

t.test('a notification whose instance ended before it could wake the client is found by the others', async (t) => {
  await subscribe(service, 'missed', 'missed-phone', pushService.endpoint('missed-phone'))
  await sql`
    insert into pending_notifications (id, client_id, subject, body, created_at, expires_at)
    values (gen_random_uuid(), 'missed', 'greeting', '', now() - interval '1 minute', now() + interval '1 hour')`
  await pushService.pushed('missed-phone')
  t.equal((await world.next(service, 'missed')).notifications.length, 1)
})

t.test('a client is woken for a message in the queue of the instance that it has left', async (t) => {
  const left = await world.service(t, { ...env, SESSION_LINGER_SECONDS: '1' })
  await subscribe(left, 'leaver', 'leaver-phone', pushService.endpoint('leaver-phone'))
  await world.poll(left, 'leaver', 'wait=0')
  const { queueUrl } = await world.session(left, 'leaver')
  await until(async () => !(await world.session(left, 'leaver')).online)
  await world.send(queueUrl ?? '', 'leaver', 'left in a queue')
  await pushService.pushed('leaver-phone')
  // At any instance, and without waiting there. A database that was busy may have refused it: then it is stored when its
  // queue shows it again.
  let notifications: readonly unknown[] = []
  await until(async () => {
    notifications = (await world.poll(other, 'leaver', 'wait=0')).notifications
    return notifications.length > 0
  })
  t.match(notifications, [{ body: 'left in a queue' }])
  await until(async () => (await world.sqs.count(queueUrl ?? '')).all === 0)
})

t.test('a client has its own devices, and at most ten', async (t) => {
  for (let i = 0; i < 10; i++) await subscribe(service, 'collector', `device ${i}/ü`, pushService.endpoint(`c${i}`))
  const eleventh = await put(service, 'collector', 'eleventh', subscriptionAt(pushService.endpoint('c11')))
  t.match([eleventh.status, eleventh.json<Problem>().error], [429, 'ERROR_TOO_MANY_REQUESTS'])
  t.match(eleventh.headers.get('retry-after'), /^\d+$/)
  await subscribe(other, 'collector', 'device 3/ü', pushService.endpoint('c3-anew'))
  t.equal((await remove(service, 'stranger', 'device 3/ü')).status, 204)
  t.equal((await sql`select from wake_ups where client_id = 'collector'`).length, 10)
  t.equal((await remove(service, 'collector', 'device 3/ü')).status, 204)
  t.equal((await remove(service, 'collector', 'device 3/ü')).status, 204, 'again')
  await subscribe(service, 'collector', 'eleventh', pushService.endpoint('c11'))
  await publish(service, { addressee: 'collector' })
  await Promise.all(['c0', 'c9', 'c11'].map((device) => pushService.pushed(device)))
  t.equal(pushService.pushes.filter(({ device }) => device.startsWith('c3')).length, 0)
})

t.test('a malformed device is refused, and the answer does not repeat what was sent', async (t) => {
  const endpoint = 'https://push.example.org/secret-endpoint'
  const { keys } = subscriptionAt(endpoint)
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [{}, /^body must have either the members endpoint and keys, or type and token/],
    [{ endpoint }, /^body must have/],
    [{ endpoint, keys: { p256dh: keys.p256dh } }, /^body\/keys must have the member auth/],
    [{ endpoint, keys: { ...keys, auth: 'not base64!' } }, /^body\/keys\/auth must match/],
    [{ endpoint: 'ftp://secret-endpoint/', keys }, /^body\/endpoint must be an absolute https URL/],
    [{ endpoint: 'https://user:pw@secret-endpoint/', keys }, /^body\/endpoint must not have a user/],
    [{ endpoint: `${endpoint}/${'x'.repeat(2_048)}`, keys }, /^body\/endpoint must have at most 2048/],
    [{ type: 'webhook' }, /^body must have/],
    [{ type: 'webhook', token: '' }, /^body\/token must have at least one character/],
    [{ type: 'webhook', token: 'secret-endpoint\ud800' }, /body\/token must be well-formed text/],
    [{ type: 'webhook', token: 'x', endpoint, keys }, /^body(\/type)? must/],
    [{ type: 'smoke-signal', token: 'secret-endpoint' }, /^body\/type must be webhook, and is "smoke-signal"/],
  ]
  for (const [device, reason] of bad) {
    const { status, text } = await put(service, 'picky', 'phone', device)
    const { error, message } = JSON.parse(text) as Problem
    t.match([status, error, message], [400, 'ERROR_INVALID_ARGUMENT', reason], JSON.stringify(device))
    t.notMatch(text, /secret-endpoint/)
  }
  for (const deviceId of ['', 'x'.repeat(129), '\u0007']) {
    const { status } = await put(service, 'picky', deviceId, subscriptionAt(endpoint))
    t.ok(status === 400 || status === 404, `${status}`)
  }
  t.equal((await sql`select from wake_ups where client_id = 'picky'`).length, 0)
})

t.test('an instance that is not set up to wake devices says so', async (t) => {
  const plain = await world.service(t)
  const browser = await put(plain, 'alice', 'phone', subscriptionAt('https://push.example.org/1'))
  t.match([browser.status, browser.json<Problem>()], [501, { error: 'ERROR_NOT_IMPLEMENTED', message: /VAPID/ }])
  const app = await put(plain, 'alice', 'phone', { type: 'webhook', token: 'x' })
  t.match([app.status, app.json<Problem>()], [501, { error: 'ERROR_NOT_IMPLEMENTED', message: /WAKE_UP_WEBHOOK_URL/ }])
  t.equal((await remove(plain, 'alice', 'phone')).status, 204)
})
