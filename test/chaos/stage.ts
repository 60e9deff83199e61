import { join } from 'node:path'
import { type Issuer, issuerName, mintToken, startIssuer } from '../../scripts/stack/issuer.ts'
import { credentials } from '../../scripts/stack/settings.ts'
import { keptSigningKey } from '../../scripts/stack/signing-key.ts'
import { clientIds } from './client-ids.ts'
import { Instance } from './instance.ts'
import { Ledger } from './ledger.ts'
import type { Mode, Options } from './options.ts'
import { Random } from './random.ts'
import { receiptQueue } from './receipts/wish.ts'
import { type Sleepers, startSleepers } from './sleepers/sleepers.ts'
import { type ChaoticSqs, startChaoticSqs } from './sqs.ts'
import { clientQueueWorld } from './worlds/client-queue-world.ts'
import { instanceQueueWorld } from './worlds/instance-queue-world.ts'
import type { OpenWorld, Timing, World } from './worlds/world.ts'

/** Short leases and lingers; and so many receives that chaos makes no dead letters without cause. */
const timing: Timing = { lingerSeconds: 5, visibilityTimeoutSeconds: 5, maxReceiveCount: 50 }

const worlds: Readonly<Record<Mode, OpenWorld>> = { 1: instanceQueueWorld, 2: clientQueueWorld }

/** Everything that a run takes place in; all of it is up. */
export interface Stage {
  readonly world: World
  readonly sqs: ChaoticSqs
  readonly instances: readonly Instance[]
  /** Where instances may be asked. */
  readonly urls: () => readonly string[]
  readonly ledger: Ledger
  readonly clients: readonly string[]
  readonly absent: readonly string[]
  /** Clients that poll only when they are woken; none in mode 2, which wakes nobody. */
  readonly sleeping: readonly string[]
  readonly sleepers: Sleepers
  readonly tokens: ReadonlyMap<string, string>
  /** May look up sessions and receipts, and publish. */
  readonly publisherToken: string
}

interface Plot {
  readonly options: Options
  /** For logs and keys. */
  readonly folder: string
  readonly hurried: boolean
}

/** Starts it all; it ends with the stack it is put on. */
export async function setStage(undo: AsyncDisposableStack, { options, folder, hurried }: Plot): Promise<Stage> {
  const key = await keptSigningKey(join(folder, 'signing-key.json'))
  const issuer = undo.use(await startIssuer(key, []))
  const ledger = new Ledger()
  const sqs = await startChaoticSqs(undo, ledger)
  const ids = clientIds(options.clients)
  const ttlSeconds = options.chaosMs / 1_000 + 3_600
  const sleeping = options.mode === 1 ? ids.sleepers : []
  const tokens = new Map(
    [...ids.clients, ...ids.absent, ...sleeping].map((id) => [id, mintToken(key, id, { ttlSeconds })]),
  )
  const scope = 'sessions:read notifications:publish'
  const publisherToken = mintToken(key, 'publisher', { scope, ttlSeconds })

  const instances: Instance[] = []
  const urls = () => instances.map(({ url }) => url).filter((url) => url !== '')
  const { clients, absent } = ids
  const ground = { undo, sqs, ledger, urls, clients, absent, tokens, publisherToken, timing, hurried }
  const random = new Random(options.seed)
  const sleepers = await startSleepers(undo, { ids: sleeping, tokens, urls, random, ledger })
  const world = await worlds[options.mode](ground)
  const settings = {
    ...commonSettings(issuer, sqs),
    ...world.settings,
    ...sleepers.settings,
    INSTANCES: String(options.perPlace),
  }
  for (let i = 1; i <= options.instances; i++) {
    instances.push(
      new Instance({
        name: `instance-${i}`,
        logFolder: folder,
        settings,
        onLate: (ms, url) => ledger.late(ms, url),
        onGivenUp: (notificationId) => ledger.receipts.givenUp(notificationId),
      }),
    )
  }
  undo.defer(async () => {
    await Promise.all(instances.map((instance) => instance.abandon()))
  })
  await Promise.all(instances.map((instance) => instance.start()))
  await sleepers.register()
  return { world, sqs, instances, urls, ledger, clients, absent, sleeping, sleepers, tokens, publisherToken }
}

function commonSettings(issuer: Issuer, sqs: ChaoticSqs): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    COGNITO_JWK_URL: issuer.keysUrl,
    JWT_ISSUER: issuerName,
    AWS_ENDPOINT_URL_SQS: sqs.proxied,
    AWS_REGION: sqs.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    SQS_DLQ_ARN: sqs.deadLetterQueueArn,
    SQS_INTAKE_QUEUE_URL: sqs.intakeQueueUrl,
    RECEIPT_QUEUES: `${receiptQueue}=${sqs.receiptQueueUrl}`,
    SQS_VISIBILITY_TIMEOUT_SECONDS: String(timing.visibilityTimeoutSeconds),
    SQS_MAX_RECEIVE_COUNT: String(timing.maxReceiveCount),
    SESSION_LINGER_SECONDS: String(timing.lingerSeconds),
    DRAIN_SPREAD_SECONDS: '1',
    LOGGING_MODE: 'PRODUCTION',
  }
}
