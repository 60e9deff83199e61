import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { carryOut } from '../../src/dead-letters/command.ts'
import { startSmtp } from '../support/smtp.ts'
import { startSqs } from '../support/sqs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { optionsOf } from './options-of.ts'
import { startWebhook } from './webhook.ts'

async function world(t: Test, dlqAttributes: Record<string, string> = {}) {
  const sqs = await startSqs(t)
  const dlq = await sqs.createQueue(dlqAttributes.FifoQueue ? 'dlq.fifo' : 'dlq', dlqAttributes)
  const stopping = new AbortController()
  const said: string[] = []
  const run = (args: string[], env: Record<string, string> = {}) => {
    const options = optionsOf([...args, '--queue', dlq.url])
    const write = { print: () => {}, say: (line: string) => said.push(line) }
    return carryOut(options, { env, sqs: sqs.clients, signal: stopping.signal, ...write })
  }
  return { sqs, dlq, run, said, stopping }
}

const alice = { addressee: 'alice', subject: 'order', id: 'order-1' }

t.test('each letter is told by e-mail once, and stays in the queue with a note', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const { mails, url } = await startSmtp(t)
  await sqs.send(dlq.url, 'where is my parcel?', alice)
  await sqs.send(dlq.url, 'no notification', { 'invalid-reason': 'no addressee' })
  const forward = ['forward', '--to', 'mailto:ops@example.org', '--from', 'notifications@example.org']
  t.equal(await run(forward, { SMTP_URL: url }), true)
  t.equal(mails.length, 2)
  const mail = mails.find(({ text }) => text.includes('order-1'))
  t.match(mail, { from: 'notifications@example.org', to: 'ops@example.org' })
  t.match(mail?.text, /^Subject: A notification for alice was not delivered: order\r$/m)
  t.match(mail?.text, 'where is my parcel?')
  t.equal(await run(forward, { SMTP_URL: url }), true)
  t.equal(mails.length, 2, 'a second run tells nobody again')
  t.match(await sqs.count(dlq.url), { visible: 2, hidden: 0 })
  const [letter] = (await sqs.receive(dlq.url)).filter(({ Body }) => Body === 'where is my parcel?')
  t.match(letter?.MessageAttributes, { id: { StringValue: 'order-1' }, 'forwarded-at': { StringValue: /^\d{4}-.*Z$/ } })
})

t.test('a subject with a line break adds no header to the mail', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const { mails, url } = await startSmtp(t)
  await sqs.send(dlq.url, 'x', { subject: 'a\nBcc: eve@example.org', 'invalid-reason': 'bad' })
  await run(['forward', '--to', 'mailto:ops@example.org', '--from', 'n@example.org'], { SMTP_URL: url })
  t.equal(mails[0]?.to, 'ops@example.org')
  t.notMatch(mails[0]?.text.split('\r\n\r\n')[0], /^Bcc:/m)
})

t.test('a webhook gets signed JSON, and a letter that it does not take is told again', async (t) => {
  const { sqs, dlq, run, said } = await world(t)
  const answers = [500, 302, 204]
  const { posts, url } = await startWebhook(t, () => answers.shift() ?? 204)
  await sqs.send(dlq.url, 'a "quoted" body', alice)
  const env = { WEBHOOK_SECRET: `whsec_${Buffer.from('the key').toString('base64')}` }
  t.equal(await run(['forward', '--to', url], env), false)
  t.equal(await run(['forward', '--to', url], env), false, 'a redirect is not followed')
  t.equal(await run(['forward', '--to', url], env), true)
  t.equal(await run(['forward', '--to', url], env), true)
  t.equal(posts.length, 3)
  t.match(said, [/0 told, 1 failed/, /0 told, 1 failed/, /1 told, 0 failed/, /0 told, 0 failed/])
  const { headers, body } = posts[2] ?? { headers: {}, body: '' }
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  const expected = createHmac('sha256', 'the key').update(`${id}.${timestamp}.${body}`).digest('base64')
  t.equal(signature, `v1,${expected}`)
  t.match(JSON.parse(body), { type: 'notification.dead-lettered', id: 'order-1', body: 'a "quoted" body' })
})

t.test('a template decides the text, and a name that does not exist is refused before anything is told', async (t) => {
  const { sqs, dlq, run } = await world(t)
  const { posts, url } = await startWebhook(t, () => 200)
  const path = await temporaryFolder(t)
  const [good, bad] = [join(path, 'good.json'), join(path, 'bad.json')]
  await writeFile(good, '{"text":"{{addressee}} missed {{ subject }}: {{body}}"}')
  await writeFile(bad, '{"text":"{{adressee}}"}')
  await sqs.send(dlq.url, 'two\nlines "quoted"', alice)
  await t.rejects(run(['forward', '--to', url, '--template', bad]), { name: 'UsageError', message: /\{\{adressee\}\}/ })
  t.same([posts.length, (await sqs.count(dlq.url)).visible], [0, 1])
  await run(['forward', '--to', url, '--template', good])
  t.same(JSON.parse(posts[0]?.body ?? ''), { text: 'alice missed order: two\nlines "quoted"' })
})

t.test('a reader that follows tells of letters as they come, until it is stopped', async (t) => {
  const { sqs, dlq, run, stopping } = await world(t)
  const { posts, url } = await startWebhook(t, () => 200)
  await sqs.send(dlq.url, 'first', alice)
  const following = run(['forward', '--follow', '--to', url])
  await until(() => posts.length === 1)
  await until(async () => (await sqs.count(dlq.url)).visible === 1)
  stopping.abort()
  t.equal(await following, true)
})

t.test('letters of a FIFO queue are told and stay in it', async (t) => {
  const { sqs, dlq, run } = await world(t, { FifoQueue: 'true' })
  const { posts, url } = await startWebhook(t, () => 200)
  const fifo = (n: number) => ({ MessageGroupId: 'alice', MessageDeduplicationId: `${n}` })
  for (const n of [1, 2]) await sqs.send(dlq.url, `${n}`, { ...alice, id: `order-${n}` }, fifo(n))
  t.equal(await run(['forward', '--to', url]), true)
  t.equal(posts.length, 2)
  t.equal((await sqs.count(dlq.url)).all, 2)
})
