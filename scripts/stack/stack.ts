import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { issuerName, mintToken, startIssuer, type TokenClaims } from './issuer.ts'
import { startPage } from './page.ts'
import { startOnPort } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { pageEntry, serviceEntry } from './project.ts'
import { receiptQueue, receiptQueueName } from './receipt-queue.ts'
import { type Instance, restartable } from './restartable.ts'
import { describeExit, type Exit } from './server-process.ts'
import { startService } from './service.ts'
import { serviceSettings } from './settings.ts'
import { keptSigningKey } from './signing-key.ts'
import { startSqs } from './sqs.ts'
import { issuerKeyFile, type Ports, readStackFile, type StackFile, vapidKeyFile, writeStackFile } from './stack-file.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { keptVapidKeys, vapidSettings } from './vapid-keys.ts'

/** Options of a stack. All have a default but the place of the data. */
export interface StackOptions {
  /** Kept there for next time; null: in a folder for temporary files, removed at the end. */
  readonly dataDir: string | null
  /** The mode of the service; 1 unless told. Mode 2 has no database, so none is started. */
  readonly mode?: 1 | 2
  /** Ports to prefer, where they are free. A port that is not named stays as it was last time, or is any free one. */
  readonly ports?: Partial<Ports>
  /** How many instances of the service. */
  readonly services?: number
  /** Settings of the service beside, or instead of, the stack's own. */
  readonly env?: Readonly<Record<string, string>>
  /** The file that is run as the service. */
  readonly entry?: string
  /** Whether there is the page to try everything. The first instance leads to it, and all let it call them. */
  readonly page?: boolean
  readonly output?: 'terminal' | 'kept'
  /** Gives up the start; what has been started is stopped. */
  readonly signal?: AbortSignal
  readonly onProgress?: (line: string) => void
}

/** Everything the service needs, and the service. */
export interface Stack extends AsyncDisposable {
  readonly urls: {
    readonly service: string
    readonly docs: string
    readonly sqs: string
    readonly issuer: string
    /** Null where no page was asked for. */
    readonly page: string | null
  }
  readonly services: readonly Instance[]
  readonly deadLetterQueueUrl: string
  readonly intakeQueueUrl: string
  /** The queue of `RECEIPT_QUEUES`. */
  readonly receiptQueueUrl: string
  readonly region: string
  /** The environment of the first service. */
  readonly env: Readonly<Record<string, string>>
  token(clientId: string, claims?: TokenClaims): string
  /** Stops the services, waits for them, then stops the rest. */
  stop(): Promise<void>
}

/** Starts the whole stack on loopback. A start that fails half-way undoes the first half. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, mode = 1, services: count = 1, entry = serviceEntry, output = 'kept' } = options
  const { signal = new AbortController().signal, onProgress = () => {} } = options
  await using starting = new AsyncDisposableStack()
  const folder = dataDir ?? starting.use(await temporaryFolder()).path
  await mkdir(folder, { recursive: true })
  const last = readStackFile(folder)
  const wanted = (part: Exclude<keyof Ports, 'services'>) =>
    [options.ports?.[part], last?.ports[part]].filter((port) => port !== undefined)

  const key = await keptSigningKey(issuerKeyFile(folder))
  const issuer = starting.use(await startIssuer(key, wanted('issuer')))
  onProgress(`Issuer of tokens: ${issuer.keysUrl}`)
  signal.throwIfAborted()

  const sqs = starting.use(await startSqs({ dataDir: dataDir && join(folder, 'sqs'), wanted: wanted('sqs') }))
  const receiptQueueUrl = receiptQueue(sqs.store)
  onProgress(`SQS: ${sqs.endpoint}`)
  signal.throwIfAborted()

  const database = { wanted: wanted('postgres'), durable: dataDir !== null }
  const postgres = mode === 2 ? null : starting.use(await startPostgres(join(folder, 'postgres'), database))
  if (postgres !== null) {
    onProgress(`PostgreSQL: 127.0.0.1:${postgres.port}${postgres.remark ? ` (${postgres.remark})` : ''}`)
  }
  signal.throwIfAborted()

  // Mode 2 wakes nobody.
  const vapid = mode === 2 ? null : await keptVapidKeys(vapidKeyFile(folder))
  const services: Instance[] = []
  const vapidPublicKey = vapid?.publicKey ?? null
  const pageNeeds = { mode, key, vapidPublicKey, sqs, postgres, instances: () => services, wanted: wanted('page') }
  const page = options.page === true ? starting.use(await startPage(pageNeeds)) : null

  const remember = (serviceUrl: string | null, services: readonly number[] = last?.ports.services ?? []): void => {
    // One that does not run this time keeps its port for the next.
    const databasePort = postgres?.port ?? last?.ports.postgres
    const database = databasePort === undefined ? {} : { postgres: databasePort }
    const pagePort = page?.port ?? last?.ports.page
    const ports = {
      ...database,
      ...(pagePort === undefined ? {} : { page: pagePort }),
      ...{ sqs: sqs.port, issuer: issuer.port, services },
    }
    const { endpoint: sqsEndpoint, intakeQueueUrl, deadLetterQueueUrl, region } = sqs
    const queues = { intakeQueueUrl, deadLetterQueueUrl, receiptQueueUrl }
    const content: StackFile = { ports, serviceUrl, sqsEndpoint, ...queues, region }
    writeStackFile(folder, content)
  }
  remember(null)
  const settings = (port: number) => ({
    ...serviceSettings({ port, postgres, sqs, issuer, issuerName }),
    RECEIPT_QUEUES: `${receiptQueueName}=${receiptQueueUrl}`,
    ...(vapid === null ? {} : vapidSettings(vapid)),
    ...options.env,
    ...(page === null ? {} : page.settings(options.env?.CORS_ORIGINS)),
  })

  starting.defer(async () => {
    await Promise.all(services.map((service) => service.close()))
  })
  for (let i = 0; i < count; i++) {
    const ports = [options.ports?.services?.[i], last?.ports.services?.[i]].filter((port) => port !== undefined)
    const launch = (port: number, signal: AbortSignal) =>
      startService({ entry: page !== null && i === 0 ? pageEntry : entry, port, env: settings(port), output, signal })
    const first = await startOnPort(ports, (port) => launch(port, signal))
    const { url, port } = first
    const onEnd = (exit: Exit, wasTold: boolean) => {
      const hint = page === null ? '' : `; the page starts it again: ${page.url}`
      onProgress(
        `Service: ${url} has ended ${wasTold ? `(${describeExit(exit)})` : `unexpectedly (${describeExit(exit)})${hint}`}`,
      )
    }
    services.push(restartable(first, (signal) => launch(port, signal), onEnd))
    onProgress(`Service: ${url}`)
  }
  const [first] = services
  if (!first) throw new Error('a stack has at least one service')
  remember(
    first.url,
    services.map(({ port }) => port),
  )

  const running = starting.move()
  const stop = () => running.disposeAsync()
  return {
    urls: {
      service: first.url,
      docs: `${first.url}/docs`,
      sqs: sqs.endpoint,
      issuer: issuer.keysUrl,
      page: page?.url ?? null,
    },
    services,
    deadLetterQueueUrl: sqs.deadLetterQueueUrl,
    intakeQueueUrl: sqs.intakeQueueUrl,
    receiptQueueUrl,
    region: sqs.region,
    env: settings(first.port),
    token: (clientId, claims) => mintToken(key, clientId, claims),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
