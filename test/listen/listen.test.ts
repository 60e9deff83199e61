import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import type { Notification } from '../../src/clients/javascript/client.js'
import { startBalancer } from '../support/balancer.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWorld } from '../support/world.ts'
import { startListener } from './listener.ts'

const world = withInstancesHere(await startWorld(t))
/** An instance that stops at once, as nothing here is about its drain. */
const atOnce = { DRAIN_SPREAD_SECONDS: '0' }
const service = await world.service(t, atOnce)
const tokenOf = (clientId: string) => world.bearer(clientId).authorization.slice('Bearer '.length)
/** The options of a listener at the service. */
const as = (clientId: string) => ['--url', service.url, '--token', tokenOf(clientId)]

async function call(callbackUrl: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
  const response = await fetch(callbackUrl, { method: 'POST', body, headers })
  return response.status
}

/** Returns the ids of what the client has not acknowledged. */
async function leftFor(clientId: string): Promise<readonly string[]> {
  const answer = await world.poll(service, clientId, 'wait=0&ack=next')
  return answer.status === 204 ? [] : answer.json<{ notifications: Notification[] }>().notifications.map(({ id }) => id)
}

interface Post {
  readonly method: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Starts an endpoint that gives each post in turn one of these statuses, and then 204. */
async function startHook(t: Test, statuses: readonly number[]) {
  const posts: Post[] = []
  const server = createServer(async (request, response) => {
    const { method, headers } = request
    posts.push({ method, headers, body: await buffer(request) })
    response.writeHead(statuses[posts.length - 1] ?? 204, { location: '/elsewhere' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { posts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

t.test('an endpoint gets the bytes, the type and the id of what was posted to the callback URL', async (t) => {
  const hook = await startHook(t, [500, 302])
  const listener = startListener(t, [
    ...as('alice'),
    ...['--forward', hook.url, '--count', '2', '--subject', '100 % döne', '--correlation-id', 'job-17'],
  ])
  const callbackUrl = await listener.callbackUrl()
  const bytes = Uint8Array.from([0xff, 0x00, 0x0d, 0x0a, 0xfe])
  t.equal(await call(callbackUrl, bytes, { 'content-type': 'image/x; a="ü"', 'idempotency-key': 'one' }), 202)
  await until(() => hook.posts.length === 3)
  t.equal(await call(callbackUrl, 'grüße', { 'content-type': 'text/plain', 'idempotency-key': 'two' }), 202)
  t.equal(await listener.ended, 0)

  t.equal(hook.posts.length, 4, 'only a status from 200 to 299 takes it; a redirect is not followed')
  const [first, again, , last] = hook.posts
  t.equal(first?.method, 'POST')
  t.same(first?.body, Buffer.from(bytes))
  t.match(first?.headers, {
    'notification-subject': '100 %25 d%C3%B6ne',
    'notification-correlation-id': 'job-17',
    'notification-addressee': 'alice',
    'notification-delivery-count': /^[1-9]\d*$/,
    'notification-sent-at': /^\d{4}-.*Z$/,
    'webhook-id': /^\S+$/,
    'content-type': /^image\/x; a=/,
  })
  t.equal(first?.headers['idempotency-key'], first?.headers['webhook-id'])
  t.same(again, first, 'every attempt has the same id')
  t.equal(last?.body.toString(), 'grüße')
  t.equal(last?.headers['content-type'], 'text/plain')
  t.not(last?.headers['webhook-id'], first?.headers['webhook-id'])
  t.match(listener.written.stderr, /was not taken \(the status was 500\); trying again in 0\.\d s\.\n/)
  t.equal(listener.written.stdout, '')
  t.same(await leftFor('alice'), [], 'both are acknowledged')
  t.equal(await call(callbackUrl, 'late', {}), 410, 'the callback URL ends with the command')
})

t.test('a notification that its endpoint never takes lets others pass, and comes again', async (t) => {
  const hook = await startHook(t, [503, 503])
  const queueUrl = await world.queueBefore(service, 'somebody')
  const listener = startListener(t, [
    ...as('bob'),
    ...['--no-callback', '--forward', hook.url, '--attempts', '2', '--count', '2'],
  ])
  await world.queueOf(service, 'bob')
  await world.send(queueUrl, 'bob', 'first')
  await until(() => hook.posts.length >= 1)
  await world.send(queueUrl, 'bob', 'second')
  t.equal(await listener.ended, 0)
  t.same(hook.posts.map(({ body }) => body.toString()).slice(0, 2), ['first', 'first'])
  t.same(new Set(hook.posts.map(({ body }) => body.toString())), new Set(['first', 'second']))
  t.match(listener.written.stderr, 'It is not acknowledged, and comes again')
  t.same(await leftFor('bob'), [])
})

t.test('a command gets the body and the members, and decides by its exit code', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'taken')
  const members = ['ID', 'ADDRESSEE', 'SUBJECT', 'CONTENT_TYPE', 'SENT_AT', 'DELIVERY_COUNT', 'CORRELATION_ID']
  // Fails at its first attempt.
  const command = `{ ${members.map((name) => `echo "$NOTIFICATION_${name}";`).join(' ')} cat; } >> ${file}; test -e ${file}.2 || { touch ${file}.2; exit 3; }`
  const listener = startListener(t, [
    ...as('carol'),
    ...['--exec', command, '--count', '1', '--subject', 'a $(touch x) "b"', '--keep'],
  ])
  const callbackUrl = await listener.callbackUrl()
  await call(callbackUrl, 'the body', { 'content-type': 'text/x-test', 'idempotency-key': 'k' })
  t.equal(await listener.ended, 0)
  t.match(listener.written.stderr, 'its exit code was 3')
  const [id, ...lines] = (await readFile(file, 'utf8')).split('\n').slice(0, 8)
  t.match(id, /^\S+$/)
  t.match(lines, ['carol', 'a $(touch x) "b"', 'text/x-test', /Z$/, /^[1-9]\d*$/, '', new RegExp(`^the body${id}$`)])
  t.same(await leftFor('carol'), [])
  t.equal(await call(callbackUrl, 'late', {}), 202, 'a callback URL that is kept is valid')
})

t.test('a command learns when the notification expires, and does not get the token of its listener', async (t) => {
  const queueUrl = await world.queueBefore(service, 'somebody')
  const command = 'echo "$NOTIFICATION_EXPIRES_AT, <$TOKEN>, $OTHER"'
  const args = ['--url', service.url, '--no-callback', '--exec', command, '--count', '1']
  const listener = startListener(t, args, { TOKEN: tokenOf('olga'), OTHER: 'other' })
  await world.queueOf(service, 'olga')
  await world.send(queueUrl, 'olga', 'hello', { 'expires-at': '2036-11-21T21:15:03.120Z' })
  t.equal(await listener.ended, 0, listener.written.stderr)
  t.equal(listener.written.stdout, '2036-11-21T21:15:03.120Z, <>, other\n')
})

t.test('each notification is a line of JSON, and the end of its reader ends the command', async (t) => {
  const listener = startListener(t, [...as('dave'), '--json', '--count', '2', '--no-callback'])
  const queueUrl = await world.queueOf(service, 'dave')
  await world.send(queueUrl, 'dave', 'one\ntwo')
  await until(() => listener.written.stdout.includes('\n'))
  await world.send(queueUrl, 'dave', 'three')
  t.equal(await listener.ended, 0)
  const lines = listener.written.stdout.trimEnd().split('\n')
  const taken = lines.map((line) => JSON.parse(line) as Notification)
  t.match(taken, [
    { addressee: 'dave', body: 'one\ntwo', deliveryCount: Number },
    { addressee: 'dave', body: 'three' },
  ])
  t.equal(listener.written.stderr, `Listening at ${service.url}.\n`)
  t.same(await leftFor('dave'), [])
})

t.test('Ctrl-C waits for the command under way, acknowledges its notification, and leaves the rest', async (t) => {
  const file = join(await temporaryFolder(t), 'begun')
  const queueUrl = await world.queueBefore(service, 'somebody')
  const listener = startListener(t, [
    ...as('erin'),
    ...['--no-callback', '--exec', `touch ${file}.begun; until test -e ${file}.go; do sleep 0.05; done; cat > ${file}`],
  ])
  await world.queueOf(service, 'erin')
  await world.send(queueUrl, 'erin', 'first')
  const exists = (path: string) =>
    readFile(path).then(
      () => true,
      () => false,
    )
  await until(() => exists(`${file}.begun`))
  await world.send(queueUrl, 'erin', 'second')
  listener.signal('SIGINT')
  // npm passes on what the terminal has sent already.
  listener.signal('SIGINT')
  await writeFile(`${file}.go`, '')
  t.equal(await listener.ended, 0)
  t.equal(await readFile(file, 'utf8'), 'first')
  await until(async () => (await leftFor('erin')).length > 0)
  const answer = await world.poll(service, 'erin', 'wait=0')
  t.match(answer.json(), { notifications: [{ body: 'second' }] })
})

t.test('a token that expires is read anew from its file, or from its command', async (t) => {
  const file = join(await temporaryFolder(t), 'token')
  for (const origin of [
    ['--token-file', file],
    ['--token-command', `cat ${file}`],
  ]) {
    await writeFile(file, 'expired\n')
    const listener = startListener(t, ['--url', service.url, ...origin, '--json', '--count', '1'])
    await listener.said('ERROR_INVALID_JWT')
    await writeFile(file, `${tokenOf('frank')}\n`)
    await call(await listener.callbackUrl(), 'hello', {})
    t.equal(await listener.ended, 0, origin.join(' '))
    t.match(JSON.parse(listener.written.stdout), { addressee: 'frank', body: 'hello' })
  }
})

t.test('a refused token without a successor ends the command with 1, and so does a missing token', async (t) => {
  const refused = startListener(t, ['--url', service.url], { TOKEN: 'expired' })
  t.equal(await refused.ended, 1)
  t.match(refused.written.stderr, 'The service refuses the token, and there is no other.\n')
  const missing = startListener(t, ['--url', service.url, '--token-file', '/nowhere/token'])
  t.equal(await missing.ended, 1)
  t.match(missing.written.stderr, /^There is no token: ENOENT/)
})

t.test('a restart of the service and a sleep of the machine lose nothing', async (t) => {
  const balancer = await startBalancer(t)
  const first = await world.peer(t, atOnce)
  balancer.lead(first.url)
  const listener = startListener(t, ['--url', balancer.url, '--token', tokenOf('grace'), '--json', '--count', '2'])
  const callbackUrl = await listener.callbackUrl()
  const send = (body: string) => fetch(new URL(new URL(callbackUrl).pathname, service.url), { method: 'POST', body })
  await send('before')
  await until(() => listener.written.stdout.includes('before'))
  listener.signal('SIGSTOP')
  balancer.lead(null)
  await first.stop()
  await send('asleep')
  const second = await world.peer(t, atOnce)
  balancer.lead(second.url)
  listener.signal('SIGCONT')
  t.equal(await listener.ended, 0, listener.written.stderr)
  const taken = listener.written.stdout.trimEnd().split('\n')
  t.match(
    taken.map((line) => JSON.parse(line) as Notification),
    [{ body: 'before' }, { body: 'asleep' }],
  )
})
