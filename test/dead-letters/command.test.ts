import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/adapters/clock.ts'
import { sender } from '../../src/adapters/sqs/send.ts'
import { carryOut } from '../../src/dead-letters/command.ts'
import { oneQueue } from '../../src/dead-letters/destinations.ts'
import { LetterQueue } from '../../src/dead-letters/letter-queue.ts'
import { redrive } from '../../src/dead-letters/redrive.ts'
import { openGatewayStore } from '../support/gateway.ts'
import { databaseEnv, sharedPostgres } from '../support/postgres.ts'
import { startSqs, strings } from '../support/sqs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { optionsOf } from './options-of.ts'

const databases = await sharedPostgres(t)

/** A dead-letter queue with a notification for alice, one for bob, and a message that is none. */
async function world(t: Test, dlqAttributes: Record<string, string> = {}) {
  const sqs = await startSqs(t)
  const dlq = await sqs.createQueue('dlq', dlqAttributes)
  const order = { addressee: 'alice', subject: 'order', id: 'order-1', 'sent-at': '2026-11-21T20:15:03.120Z' }
  await sqs.send(dlq.url, 'for alice', order)
  await sqs.send(dlq.url, 'for bob', { addressee: 'bob', subject: 'report', hops: '2' })
  await sqs.send(dlq.url, 'for nobody', { subject: 'lost', 'invalid-reason': 'no addressee' })
  const run = async (line: string, env: Record<string, string> = {}) => {
    const printed: string[] = []
    const said: string[] = []
    const isDone = await carryOut(optionsOf(line.split(' ')), {
      env,
      sqs: sqs.clients,
      signal: new AbortController().signal,
      print: (text) => printed.push(text),
      say: (text) => said.push(text),
    })
    return { isDone, printed, said, json: () => printed.map((text) => JSON.parse(text)) }
  }
  return { sqs, dlq, run }
}

t.test('list shows every letter, and takes none', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const { isDone, json } = await run(`list --json --queue ${dlq.url}`)
  t.equal(isDone, true)
  const letters = json().sort((a, b) => a.body.localeCompare(b.body))
  t.match(letters, [
    { id: 'order-1', addressee: 'alice', reason: 'no client acknowledged it', sentAt: '2026-11-21T20:15:03.120Z' },
    { addressee: 'bob', subject: 'report', forwardedAt: null },
    { addressee: null, subject: 'lost', reason: 'no addressee', body: 'for nobody' },
  ])
  t.match(await sqs.count(dlq.url), { visible: 3, hidden: 0 }, 'each of them can be received again at once')
  const { printed } = await run(`list --addressee alice --queue ${dlq.url}`)
  t.equal(printed.length, 1)
  t.match(printed[0], /^2026-11-21T20:15:03.120Z {2}order-1 {2}alice {2}order /)
  t.equal((await run(`list --limit 2 --queue ${dlq.url}`)).printed.length, 2)
  t.match(await sqs.count(dlq.url), { visible: 3, hidden: 0 })
})

t.test('list looks through more letters than one receive returns', async (t) => {
  const { sqs, dlq, run } = await world(t)
  await Promise.all(
    Array.from({ length: 32 }, (_, i) => sqs.send(dlq.url, `${i}`, { addressee: 'carol', subject: 'x' })),
  )
  t.equal((await run(`list --queue ${dlq.url}`)).printed.length, 35)
  t.match(await sqs.count(dlq.url), { visible: 35, hidden: 0 })
})

t.test('show prints letters with their bodies, and says which are missing', async (t) => {
  const { dlq, run } = await world(t)
  const { isDone, printed, said } = await run(`show order-1 order-2 --queue ${dlq.url}`)
  t.equal(isDone, false)
  t.match(printed.join('\n'), /^id: order-1\n[\s\S]*\n\nfor alice\n/)
  t.match(said, [/^1 letter$/, /order-2: not in the queue/])
})

t.test('a letter with control characters cannot give the terminal orders', async (t) => {
  const { sqs, dlq, run } = await world(t)
  await sqs.send(dlq.url, 'x', { subject: '\u001b[2Jcleared', 'invalid-reason': 'bad' })
  const { printed } = await run(`list --queue ${dlq.url}`)
  t.notMatch(printed.join(''), '\u001b')
})

t.test('redrive sends notifications on under their ids, and leaves the rest', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const intake = await sqs.createQueue('intake')
  const { isDone, printed, said } = await run(`redrive --all --queue ${dlq.url} --to ${intake.url}`)
  t.equal(isDone, false, 'one letter stays')
  t.match(printed.map((line) => line.split('  ')[1]).sort(), ['invalid', 'sent', 'sent'])
  t.match(said, [/2 sent; 0 for clients that are nowhere, 1 invalid and 0 failed/])
  const sent = new Map((await sqs.receive(intake.url)).map((message) => [message.Body, message.MessageAttributes]))
  t.match(sent.get('for alice'), strings({ id: 'order-1', 'sent-at': '2026-11-21T20:15:03.120Z' }))
  t.ok(sent.get('for bob')?.id?.StringValue, 'a letter without an id keeps the id of its message')
  t.equal(sent.get('for bob')?.hops, undefined, 'a new way begins with no hop')
  t.match(await sqs.count(dlq.url), { visible: 1, hidden: 0 })
})

t.test('redrive of some ids leaves all others where they are', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const intake = await sqs.createQueue('intake')
  t.equal((await run(`redrive order-1 --queue ${dlq.url} --to ${intake.url}`)).isDone, true)
  t.equal((await run(`redrive order-1 --queue ${dlq.url} --to ${intake.url}`)).isDone, false, 'it is gone')
  t.match([(await sqs.count(intake.url)).all, await sqs.count(dlq.url)], [1, { visible: 2, hidden: 0 }])
})

t.test('redrive to a queue that is missing takes nothing away', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const { isDone, said } = await run(`redrive --all --queue ${dlq.url} --to ${dlq.url}-missing`)
  t.match({ isDone, said }, { isDone: false, said: [/0 sent; .* 2 failed/] })
  t.match(await sqs.count(dlq.url), { visible: 3, hidden: 0 })
})

t.test('redrive finds the queue of the instance at which the client is', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const database = await databases.migratedDatabase()
  const { pool } = await openGatewayStore(databases, t, { database })
  const own = await sqs.createQueue('instance')
  await pool.query(
    (sql) => sql`
      with instance as (
        insert into instances (id, address, queue_url, owns_queue, relay_key)
        values (gen_random_uuid(), 'http://127.0.0.1:1', ${own.url}, true, 'key')
        returning id
      )
      insert into sessions (client_id, instance_id) select 'alice', id from instance`,
  )
  const env = {
    ...{ COGNITO_JWK_URL: 'http://127.0.0.1:1/keys', SQS_QUEUE_NAME_PREFIX: 'x', SQS_DLQ_ARN: dlq.arn },
    ...databaseEnv(database),
  }
  const { isDone, said } = await run('redrive --all', env)
  t.match({ isDone, said }, { isDone: false, said: [/1 sent; 1 for clients that are nowhere, 1 invalid/] })
  t.match(await sqs.receive(own.url), [{ Body: 'for alice' }])
})

t.test('redrive in mode 2 uses the queue of each client', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const ofClients = await Promise.all(['alice', 'bob'].map((name) => sqs.createQueue(`clients-${name}`)))
  const base = (ofClients[0]?.url ?? '').replace(/-alice$/, '')
  const env = {
    ...{ COGNITO_JWK_URL: 'http://127.0.0.1:1/keys', NOTIFICATION_SERVICE_MODE: '2', SQS_DLQ_ARN: dlq.arn },
    SQS_USER_QUEUE_BASE_URL: base,
  }
  t.match((await run('redrive --all', env)).said, [/2 sent; 0 for clients that are nowhere, 1 invalid and 0 failed/])
  for (const { url } of ofClients) t.equal((await sqs.count(url)).all, 1)
})

t.test('a message that names no client goes back to the queue of the client from which SQS moved it', async (t) => {
  const { sqs, dlq } = await world(t)
  const source = await sqs.createQueue('clients-carol')
  const messageId = await sqs.send(dlq.url, 'for carol', {})
  const queue = new LetterQueue({
    client: sqs.clients.acting,
    queueUrl: dlq.url,
    addresseePointer: '/detail/addressee',
    giveBackSeconds: 0,
  })
  for await (const letter of queue.letters(new AbortController().signal)) {
    if (letter.message.MessageId !== messageId) continue
    const needs = {
      client: sqs.clients.acting,
      send: sender(sqs.clients, systemClock),
      destinations: oneQueue(dlq.url),
    }
    t.match(await redrive(letter, queue, needs), { kind: 'invalid' }, 'nobody knows where it was')
    // SQS says so; the SQS of the tests does not.
    t.match(await redrive({ ...letter, sourceArn: source.arn }, queue, needs), { kind: 'sent' })
  }
  await queue[Symbol.asyncDispose]()
  t.match(await sqs.receive(source.url), [{ Body: 'for carol' }])
  t.equal((await sqs.count(dlq.url)).all, 3)
})

t.test('a command line that means nothing is refused with a reason', async (t) => {
  const lines = {
    'drop everything': /one of list, show, redrive, forward/,
    '--json': /COMMAND is missing/,
    show: /needs the id/,
    redrive: /needs ids/,
    forward: /needs --to/,
    'forward --to ops@example.org': /mailto:/,
    'forward --to mailto:ops@example.org': /--from/,
    'list --limit 0': /--limit/,
    'list --nonsense': /nonsense/,
    'list --follow': /--follow/,
  }
  for (const [line, message] of Object.entries(lines)) {
    t.throws(() => optionsOf(line.split(' ')), { name: 'UsageError', message }, line)
  }
})

t.test('npm run dead-letters reads the file .env, as npm start does', async (t) => {
  const { dlq, sqs } = await world(t)
  const folder = await temporaryFolder(t)
  const ofService = { COGNITO_JWK_URL: 'http://127.0.0.1:1/jwks', SQS_QUEUE_NAME_PREFIX: 'of-the-service' }
  const lines = Object.entries({ ...sqs.env, ...ofService, SQS_DLQ_ARN: dlq.arn }).map(
    ([name, value]) => `${name}=${value}`,
  )
  await writeFile(join(folder, '.env'), lines.join('\n'))
  const script = fileURLToPath(new URL('../../scripts/dead-letters.ts', import.meta.url))
  const listing = promisify(execFile)(process.execPath, [script, 'list', '--addressee', 'alice'], {
    cwd: folder,
    env: { PATH: process.env.PATH },
  })
  const { stdout, stderr } = await listing
  t.match(stdout, /^\S+ {2}order-1 {2}alice {2}order {2}/m)
  t.match(stderr, /^1 letters?\n$/)
})
