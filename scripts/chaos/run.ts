import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type DatabaseOptions, openPool, type Pool } from '../../src/adapters/postgres/pool.ts'
import { databaseEnv, startPostgres } from '../../test/support/postgres.ts'
import { type Issuer, issuerName, mintToken, signingKey, startIssuer } from '../stack/issuer.ts'
import { credentials } from '../stack/settings.ts'
import { callbackPublisher } from './callback-publisher.ts'
import { Clients } from './clients.ts'
import { type FaultKind, Faults, type PlannedFault, plan } from './faults.ts'
import { httpPublisher } from './http-publisher.ts'
import { Instance } from './instance.ts'
import { type Account, Ledger } from './ledger.ts'
import type { Options } from './options.ts'
import { Publishing } from './publishing.ts'
import { Random } from './random.ts'
import { sessionPublisher } from './session-publisher.ts'
import { type ChaoticSqs, startChaoticSqs } from './sqs.ts'

const lingerSeconds = 5
/** What is accepted must have come to rest by then: a fence, a drain and some leases after the last fault. */
const quietMs = 90_000
/** How long publishers go on trying what nobody has accepted when everything is well again. Milliseconds. */
const finishMs = 20_000
/** Between the last client's leaving and the end of its session, with room for a heartbeat to correct it. */
const sessionsGoneMs = (lingerSeconds + 25) * 1_000
/** How long a message may be hidden that nobody wants any more. Milliseconds. */
const hiddenMs = 8_000
const progressMs = 3_000

/** How a run went. */
export interface Result {
  readonly account: Account
  readonly faults: ReadonlyMap<FaultKind, number>
  /** Sessions that are still recorded although every client has left. */
  readonly sessionsLeft: number
  /** Live rows of instances of which none runs. */
  readonly instancesLeft: number
  /** Queues that nobody removed, of instances that could not be drained before the last one left. */
  readonly queuesLeft: number
  /** Queues of which no row tells: their processes died while they started. */
  readonly queuesForgotten: number
  /** Processes that did not leave when they were asked to, and that ended unasked. */
  readonly stuck: number
  readonly crashed: number
  /** What the instances logged as errors, and how often. */
  readonly errors: ReadonlyMap<string, number>
  /** What is told of every notification that needs an explanation. */
  readonly stories: readonly string[]
  /** Where the instances' logs are. */
  readonly logFolder: string
}

export interface Surroundings {
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  /** Instead of the plan that the seed gives. */
  readonly plan?: readonly PlannedFault[]
  /** Makes killed instances look silent for as long as a fence takes, instead of waiting for it. */
  readonly hurried?: boolean
}

/** Chaos, peace, and the account of it. */
export async function run(
  options: Options,
  { signal, say, plan: given, hurried = false }: Surroundings,
): Promise<Result> {
  await using undo = new AsyncDisposableStack()
  const random = new Random(options.seed)
  const began = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'notification-service-chaos-'))
  await chmod(folder, 0o711)
  const key = await signingKey(join(folder, 'signing-key.json'))
  const issuer = undo.use(await startIssuer(key, []))
  const server = await startPostgres()
  undo.defer(() => server.remove())
  const database = await server.freshDatabase()
  const sqs = await startChaoticSqs(undo)
  const pool = openPool({ ...database, max: 4, log: { info() {}, warn() {} } })
  undo.defer(() => pool.close())

  const instances = Array.from({ length: options.instances }, (_, i) => {
    return new Instance(`instance-${i + 1}`, folder, (port) => settings({ port, database, issuer, sqs }))
  })
  undo.defer(async () => {
    await Promise.all(instances.map((instance) => instance.abandon()))
  })
  const urls = () => instances.map(({ url }) => url).filter((url) => url !== '')
  await Promise.all(instances.map((instance) => instance.start()))
  signal.throwIfAborted()

  const ledger = new Ledger()
  const ids = Array.from({ length: options.clients }, (_, i) => `client-${i}`)
  const ttlSeconds = options.chaosMs / 1_000 + 3_600
  const tokens = await Promise.all(ids.map(async (id) => ({ id, token: await mintToken(key, id, { ttlSeconds }) })))
  const clients = new Clients(tokens, options.seed, ledger)
  undo.defer(() => clients.leave())
  const scope = 'sessions:read notifications:publish'
  const publisherToken = await mintToken(key, 'publisher', { scope, ttlSeconds })
  const publishing = new Publishing({
    ledger,
    random,
    rate: options.rate,
    clients: clients.ids,
    publishers: [
      sessionPublisher({ sqs, database: pool, urls, token: publisherToken }),
      httpPublisher({ urls, token: publisherToken }),
      callbackPublisher({ urls, tokens: new Map(tokens.map(({ id, token }) => [id, token])) }),
    ],
  })
  undo.defer(() => publishing.finish(0))
  const faults = new Faults({
    instances,
    database: server,
    sqs,
    clients,
    ledger,
    random,
    ...(hurried ? { onKilled: (url: string) => age(pool, url) } : {}),
  })
  undo.defer(() => faults.heal())

  clients.go(urls())
  let phase = 'chaos'
  const reporting = new AbortController()
  undo.defer(async () => reporting.abort())
  const reports = every(progressMs, reporting.signal, () => {
    clients.go(urls())
    const { accepted, delivered, outstanding, duplicated } = ledger
    const seconds = Math.round((performance.now() - began) / 1_000)
    say(
      `${seconds} s  ${phase}: ${accepted} accepted, ${delivered} delivered, ${outstanding} on their way, ` +
        `${duplicated} copies; instances ${instances.map(({ state }) => state).join(', ')}`,
    )
  })
  const published = publishing.run(signal)
  await faults.run(given ?? plan(new Random(options.seed), options.chaosMs), options.chaosMs, signal)
  signal.throwIfAborted()

  phase = 'peace'
  await faults.heal()
  clients.go(urls())
  await publishing.finish(finishMs)
  await published
  await until(quietMs, signal, async () => ledger.outstanding === 0)
  // What was handed over last is acknowledged, too.
  await pause(2_000)

  phase = 'leaving'
  await clients.leave()
  await until(sessionsGoneMs, signal, async () => (await sessions(pool)) === 0)
  const sessionsLeft = await sessions(pool)
  await Promise.all(instances.map((instance) => instance.stop()))
  const live = await liveInstances(pool)
  const queues = await sqs.queues()
  const rows = await pool.query((sql) => sql<{ queueUrl: string }[]>`select queue_url as "queueUrl" from instances`)
  const known = queues.filter((url) => rows.some(({ queueUrl }) => queueUrl === url))
  const account = ledger.close(await sqs.takeWaiting(hiddenMs), await sqs.takeDeadLetters())
  reporting.abort()
  await reports
  const sum = (what: 'stuck' | 'crashed') => instances.reduce((total, instance) => total + instance[what], 0)
  const puzzling = [...account.lost, ...account.misdelivered, ...account.unexplained]
  return {
    account,
    faults: faults.counts,
    sessionsLeft,
    instancesLeft: live,
    queuesLeft: known.length,
    queuesForgotten: queues.length - known.length,
    stuck: sum('stuck'),
    crashed: sum('crashed'),
    errors: added(instances.map(({ errors }) => errors)),
    stories: puzzling.map((id) => ledger.describe(id, began)),
    logFolder: folder,
  }
}

/** Removes what a run has kept for the case that it needs an explanation. */
export async function forget({ logFolder }: Result): Promise<void> {
  await rm(logFolder, { recursive: true, force: true })
}

function added(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const sum = new Map<string, number>()
  for (const [name, count] of counts.flatMap((map) => [...map])) sum.set(name, (sum.get(name) ?? 0) + count)
  return sum
}

async function sessions(pool: Pool): Promise<number> {
  const [row] = await pool.query((sql) => sql<{ count: number }[]>`select count(*)::int as count from sessions`)
  return row?.count ?? 0
}

async function liveInstances(pool: Pool): Promise<number> {
  const [row] = await pool.query(
    (sql) => sql<{ count: number }[]>`select count(*)::int as count from instances where dead_at is null`,
  )
  return row?.count ?? 0
}

/** An instance that is heard of no more has been silent for longer than a fence waits. */
async function age(pool: Pool, url: string): Promise<void> {
  await pool.query((sql) => sql`update instances set heartbeat_at = now() - interval '1 minute' where address = ${url}`)
}

function settings(parts: {
  readonly port: number
  readonly database: DatabaseOptions
  readonly issuer: Issuer
  readonly sqs: ChaoticSqs
}): Record<string, string> {
  const { port, database, issuer, sqs } = parts
  return {
    ...databaseEnv(database),
    HOST: '127.0.0.1',
    PORT: String(port),
    INSTANCE_ADDRESS: `http://127.0.0.1:${port}`,
    COGNITO_JWK_URL: issuer.keysUrl,
    JWT_ISSUER: issuerName,
    AWS_ENDPOINT_URL_SQS: sqs.proxied,
    AWS_REGION: sqs.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SQS_QUEUE_NAME_PREFIX: 'chaos',
    SQS_DLQ_ARN: sqs.deadLetterQueueArn,
    SQS_VISIBILITY_TIMEOUT_SECONDS: '5',
    // So that chaos makes no dead letters without cause.
    SQS_MAX_RECEIVE_COUNT: '50',
    SESSION_LINGER_SECONDS: String(lingerSeconds),
    DRAIN_SPREAD_SECONDS: '1',
    LOGGING_MODE: 'PRODUCTION',
  }
}

/** Resolves when it is so, or the time is over. */
async function until(withinMs: number, signal: AbortSignal, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs
  while (performance.now() < deadline && !(await isSo().catch(() => false))) {
    signal.throwIfAborted()
    await pause(100)
  }
}

async function every(ms: number, signal: AbortSignal, work: () => void): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, undefined, { signal }).catch(() => {})
    if (!signal.aborted) work()
  }
}
