import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import t, { type Test } from 'tap'
import { projectFolder } from '../../scripts/stack/project.ts'
import { examineBalancer } from '../../src/doctor/balancer.ts'
import { type Asked, examine } from '../../src/doctor/examine.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { report } from '../../src/doctor/report.ts'
import { startWorld, type World } from '../support/world.ts'

const nothing: Asked = { token: null, balancerIdleSeconds: null }

/** Looks at everything with these settings over those of the world. */
function doctor(world: World, more: Record<string, string> = {}, asked: Partial<Asked> = {}) {
  return examine({ LOGGING_MODE: 'PRODUCTION', ...world.env, ...more }, { ...nothing, ...asked })
}

const failed = (findings: readonly Finding[]) => findings.filter(({ state }) => state === 'fail')
const about = (findings: readonly Finding[], check: string) => findings.filter((finding) => finding.check === check)

/** Holds that there is a finding of this state and text, and that it says what to do. */
function finds(
  t: Test,
  findings: readonly Finding[],
  wanted: { check: string; state: Finding['state']; text: RegExp },
) {
  const found = findings.find(
    ({ check, state, text }) => check === wanted.check && state === wanted.state && wanted.text.test(text),
  )
  t.ok(found, `${wanted.check} ${wanted.state} ${wanted.text}\n${report(findings)}`)
  if (wanted.state !== 'ok') t.match(found?.advice, /\S/, 'it says what to do')
}

/** Stands before SQS, and denies these actions as IAM does. */
async function denySqs(t: Test, endpoint: string, denied: readonly string[]): Promise<void> {
  const { hostname, port } = new URL(endpoint)
  const server = createServer((incoming, outgoing) => {
    const action = String(incoming.headers['x-amz-target']).replace('AmazonSQS.', '')
    if (denied.includes(action)) {
      outgoing.writeHead(403, { 'content-type': 'application/x-amz-json-1.0' })
      outgoing.end('{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}')
      return
    }
    const { method, url: path, headers } = incoming
    const upstream = request({ host: hostname, port, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(outgoing)
    })
    incoming.pipe(upstream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.env.AWS_ENDPOINT_URL_SQS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => {
    process.env.AWS_ENDPOINT_URL_SQS = endpoint
    server.closeAllConnections()
    server.close()
  })
}

t.test('the doctor of mode 1', async (t) => {
  const world = await startWorld(t)
  const { sqs, issuer } = world

  t.test('a set-up as it should be is ok, and nothing is changed by looking', async (t) => {
    const service = await world.peer(t)
    const before = await sqs.queues()
    const token = issuer.token({ sub: 'alice' })
    const findings = await doctor(world, {}, { token, balancerIdleSeconds: 60 })
    t.same(failed(findings), [], report(findings))
    for (const check of ['settings', 'database', 'sqs', 'issuer', 'peers', 'balancer']) {
      t.ok(about(findings, check).length > 0, check)
    }
    finds(t, findings, { check: 'issuer', state: 'ok', text: /names the client alice/ })
    finds(t, findings, { check: 'peers', state: 'ok', text: new RegExp(service.url) })
    finds(t, findings, { check: 'sqs', state: 'ok', text: /rights .*SendMessage.*ReceiveMessage/ })
    t.same(await sqs.queues(), before)
    t.equal((await sqs.count(world.deadLetters.url)).all, 0, 'no message was sent')
  })

  t.test('settings that a start would refuse, or that are none, are named', async (t) => {
    const findings = await doctor(world, { PORT: 'eighty', COGNITO_JWK_URL: '', SQS_QUEUE_NAMEPREFIX: 'x' })
    finds(t, findings, { check: 'settings', state: 'fail', text: /^PORT: / })
    finds(t, findings, { check: 'settings', state: 'fail', text: /^COGNITO_JWK_URL: / })
    finds(t, findings, { check: 'settings', state: 'warn', text: /SQS_QUEUE_NAMEPREFIX/ })
  })

  t.test('a database that does not answer, or rejects the password, fails with its reason', async (t) => {
    const silent = await doctor(world, { DB_PORT: '1' })
    finds(t, silent, { check: 'database', state: 'fail', text: /ECONNREFUSED/ })
    t.same(about(silent, 'peers'), [], 'peers are not looked for without it')
    const rejected = await doctor(world, { DB_NAME: 'no_such_database' })
    finds(t, rejected, { check: 'database', state: 'fail', text: /no_such_database/ })
  })

  t.test('a database without tables, without rights and without durability is told of', async (t) => {
    const empty = await doctor(world, await world.emptyDatabase())
    finds(t, empty, { check: 'database', state: 'warn', text: /no tables of the service yet/ })
    const lazy = await doctor(world, { DB_ALLOW_LAZY_COMMIT: 'false' })
    finds(t, lazy, { check: 'database', state: 'fail', text: /202 would not mean stored/ })
    const settings = await world.freshDatabase()
    const sql = world.sql(t, settings)
    await sql.unsafe('delete from notification_service_migrations where version > 1')
    finds(t, await doctor(world, settings), { check: 'database', state: 'warn', text: /migrations are missing/ })
  })

  t.test('a setting of the role that the service cannot work with fails', async (t) => {
    const settings = await world.freshDatabase()
    const sql = world.sql(t, settings)
    await sql.unsafe(`alter database "${settings.DB_NAME}" set statement_timeout = '100ms'`)
    finds(t, await doctor(world, settings), { check: 'database', state: 'fail', text: /statement_timeout/ })
  })

  t.test('rights that SQS denies are named', async (t) => {
    await denySqs(t, sqs.endpoint, ['CreateQueue', 'ReceiveMessage'])
    finds(t, await doctor(world), { check: 'sqs', state: 'fail', text: /do not include CreateQueue, ReceiveMessage/ })
  })

  t.test('an SQS that does not answer fails', async (t) => {
    const { AWS_ENDPOINT_URL_SQS: endpoint = '' } = process.env
    process.env.AWS_ENDPOINT_URL_SQS = 'http://127.0.0.1:1'
    t.teardown(() => {
      process.env.AWS_ENDPOINT_URL_SQS = endpoint
    })
    finds(t, await doctor(world), { check: 'sqs', state: 'fail', text: /SQS does not answer: .*ECONNREFUSED/ })
  })

  t.test('queues that are missing, and redrive policies that lead nowhere, are told of', async (t) => {
    const gone = `${world.deadLetters.url}-gone`
    const noQueue = await doctor(world, { SQS_INTAKE_QUEUE_URL: gone, SQS_DLQ_ARN: `${world.deadLetters.arn}-lost` })
    finds(t, noQueue, { check: 'sqs', state: 'fail', text: /there is no queue at .*-gone/ })
    finds(t, noQueue, { check: 'sqs', state: 'fail', text: /dead-letter queue .*-lost does not exist/ })
    const { url: bare } = await sqs.createQueue('bare', { MaximumMessageSize: '262144' })
    const noPolicy = await doctor(world, { SQS_INTAKE_QUEUE_URL: bare })
    finds(t, noPolicy, { check: 'sqs', state: 'warn', text: /bare has no redrive policy/ })
    finds(t, noPolicy, { check: 'sqs', state: 'warn', text: /at most 262144 bytes/ })
    const { arn, url: target } = await sqs.createQueue('target')
    const policy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 5 })
    const { url: led } = await sqs.createQueue('led', { RedrivePolicy: policy })
    finds(t, await doctor(world, { SQS_INTAKE_QUEUE_URL: led }), {
      check: 'sqs',
      state: 'ok',
      text: /led leads to .*target/,
    })
    await sqs.deleteQueue(target)
    finds(t, await doctor(world, { SQS_INTAKE_QUEUE_URL: led }), {
      check: 'sqs',
      state: 'fail',
      text: /does not exist/,
    })
  })

  t.test('queues of receipts are looked for, and so is the right to send to them', async (t) => {
    const { url } = await sqs.createQueue('shop')
    const found = await doctor(world, { RECEIPT_QUEUES: `shop=${url},lost=${url}-gone` })
    finds(t, found, { check: 'sqs', state: 'ok', text: /rights on shop are there: SendMessage$/ })
    finds(t, found, { check: 'sqs', state: 'fail', text: /no queue at .*shop-gone for the receipts of lost/ })
    await denySqs(t, sqs.endpoint, ['SendMessage'])
    const denied = await doctor(world, { RECEIPT_QUEUES: `shop=${url}` })
    finds(t, denied, { check: 'sqs', state: 'fail', text: /rights on shop do not include SendMessage/ })
  })

  t.test('messages of a queue are neither received nor hidden by looking', async (t) => {
    const { url } = await sqs.createQueue('full')
    await sqs.send(url, 'a body', { addressee: 'alice', subject: 'greeting' })
    await doctor(world, { SQS_INTAKE_QUEUE_URL: url })
    t.match(await sqs.count(url), { visible: 1, hidden: 0 })
  })

  t.test('an issuer whose keys cannot be used, and a token that is refused, fail with the reason', async (t) => {
    const missing = await doctor(world, { COGNITO_JWK_URL: `${issuer.url}/nowhere` })
    finds(t, missing, { check: 'issuer', state: 'fail', text: /404/ })
    const algorithms = await doctor(world, { JWT_ALGORITHMS: 'ES256' })
    finds(t, algorithms, { check: 'issuer', state: 'fail', text: /no key for ES256/ })
    const expired = issuer.token({ sub: 'alice', exp: 1_600_000_000, iat: 1_599_999_000 })
    for (const [token, code] of [
      [expired, 'ERROR_TOKEN_EXPIRED'],
      ['no.token', 'ERROR_INVALID_JWT'],
      [issuer.token({ sub: 'alice', iss: 'https://other.example' }), 'ERROR_TOKEN_PROCESSABLE'],
    ] as const) {
      const findings = await doctor(world, { JWT_ISSUER: issuer.url }, { token })
      finds(t, findings, { check: 'issuer', state: 'fail', text: new RegExp(code) })
      t.notMatch(report(findings), token, 'the token is not repeated')
    }
  })

  t.test('an instance whose address leads elsewhere fails', async (t) => {
    const other = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.teardown(() => void other.close())
    const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const settings = await world.freshDatabase()
    await world.service(t, { ...settings, INSTANCE_ADDRESS: address })
    finds(t, await doctor(world, settings), { check: 'peers', state: 'fail', text: new RegExp(address) })
  })

  t.test('the command prints lines or JSON, and its exit code tells whether something failed', async (t) => {
    const settings = await world.freshDatabase()
    const run = (args: readonly string[], env: Record<string, string>) =>
      new Promise<{ code: number; stdout: string }>((resolve) => {
        const child = [`${projectFolder}/src/doctor.ts`, ...args]
        execFile(
          process.execPath,
          child,
          { env: { ...process.env, ...world.env, ...settings, ...env } },
          (error, stdout) => resolve({ code: Number(error?.code ?? 0), stdout }),
        )
      })
    const good = await run([], {})
    t.equal(good.code, 0, good.stdout)
    t.match(good.stdout, /^ok {4}settings +\S.*\n/)
    t.match(good.stdout, /\n\d+ ok, \d+ to look at, 0 to mend\n$/)
    const bad = await run(['--json'], { DB_PORT: '1' })
    t.equal(bad.code, 1)
    t.match(JSON.parse(bad.stdout), [{ check: 'settings', state: 'ok', text: String, advice: null }])
  })
})

t.test('times of the balancer that do not fit are told of', async (t) => {
  const timing = { KEEP_ALIVE_SECONDS: 75, MAX_TIMEOUT_SECONDS: 600, DEFAULT_WAIT_SECONDS: 25 }
  const states = (idle: number | null, more: Partial<typeof timing> = {}) =>
    examineBalancer({ ...timing, ...more }, idle).map(({ state }) => state)
  t.same(states(null), ['warn'])
  t.same(states(60), ['ok', 'warn'], 'the longest polls are cut')
  t.same(states(60, { MAX_TIMEOUT_SECONDS: 50 }), ['ok', 'ok'])
  t.same(states(630), ['fail', 'ok'], 'the service closes connections first')
  t.same(states(20), ['ok', 'fail'], 'polls without a wait of their own are cut')
})
