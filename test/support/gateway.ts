import { createHash, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../src/adapters/clock.ts'
import { createCallbacks } from '../../src/adapters/postgres/callbacks.ts'
import { createPending } from '../../src/adapters/postgres/pending.ts'
import { type DatabaseOptions, openPool } from '../../src/adapters/postgres/pool.ts'
import { createPublishing } from '../../src/adapters/postgres/publishing.ts'
import { createReceipts } from '../../src/adapters/postgres/receipts.ts'
import { createRegistrations } from '../../src/adapters/postgres/registrations.ts'
import { hashOf } from '../../src/adapters/sqs/envelope.ts'
import { loadContract } from '../../src/contract/document.ts'
import { AcknowledgementWaits } from '../../src/delivery/intake/acknowledgement-waits.ts'
import type { Forward } from '../../src/delivery/intake/callbacks.ts'
import { IntakeLimits, type IntakeRates } from '../../src/delivery/intake/limits.ts'
import type { PendingRow, Reach } from '../../src/delivery/ports.ts'
import { Refusal } from '../../src/delivery/refusal.ts'
import { createRegistration } from '../../src/handlers/create-registration.ts'
import { deleteRegistration } from '../../src/handlers/delete-registration.ts'
import { getReceipt } from '../../src/handlers/get-receipt.ts'
import { listRegistrations } from '../../src/handlers/list-registrations.ts'
import { publishNotification } from '../../src/handlers/publish-notification.ts'
import { publishNotifications } from '../../src/handlers/publish-notifications.ts'
import { receiveCallback } from '../../src/handlers/receive-callback.ts'
import { createApp } from '../../src/http/app.ts'
import { contractRoutes } from '../../src/http/contract-routes.ts'
import { logRefusal } from '../../src/http/edge-log.ts'
import { issuerKeys } from '../../src/http/tokens/issuer-keys.ts'
import { tokenVerifier } from '../../src/http/tokens/verify-token.ts'
import { schemaCheck } from '../../src/http/validation.ts'
import { wire } from '../../src/http/wire.ts'
import { type CheckedAnswer, contractFetch } from './contract.ts'
import { startSharedIssuer } from './issuer.ts'
import type { Databases, Owner } from './postgres.ts'

const quiet = { info() {}, warn() {} }

export const digest = (callbackId: string) => createHash('sha256').update(callbackId).digest('hex')

/** A migrated database and everything of the gateway that is kept in it. */
export async function openGatewayStore(
  server: Databases,
  t: Owner,
  {
    cap = 1_000,
    database,
    ...bounds
  }: { cap?: number; limit?: number; maxBytes?: number; database?: DatabaseOptions } = {},
) {
  const place = database ?? (await server.migratedDatabase())
  const pool = openPool({ ...place, log: quiet })
  t.teardown(() => pool.close())
  const registrations = createRegistrations({ pool })
  const count = async (table: string): Promise<number> => {
    const [row] = await pool.query((sql) => sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)}`)
    return row?.count ?? 0
  }
  return {
    database: place,
    pool,
    registrations,
    callbacks: createCallbacks({ pool, clock: systemClock, pendingTtlSeconds: 604_800, cap }),
    publishing: createPublishing({ pool, clock: systemClock, pendingTtlSeconds: 604_800, cap }),
    pending: createPending({ pool, clock: systemClock, ...bounds }),
    count,
    /** Makes a live registration; returns its callback's digest. */
    async register(clientId: string, maxUses = 0, forward: Forward = 'data'): Promise<string> {
      const registration = {
        clientId,
        digest: digest(randomUUID()),
        subject: 'done',
        correlationId: 'job',
        maxUses,
        forward,
      }
      await registrations.create({ ...registration, ttlSeconds: 3600 })
      return registration.digest
    },
    /** Lets everything have happened so many hours earlier. */
    async hoursPass(hours: number): Promise<void> {
      await pool.query(
        (sql) => sql`
          with a as (
            update registrations
            set created_at = created_at - make_interval(hours => ${hours}),
              expires_at = expires_at - make_interval(hours => ${hours})
          ), b as (
            update pending_notifications
            set created_at = created_at - make_interval(hours => ${hours}),
              sent_at = sent_at - make_interval(hours => ${hours}),
              expires_at = expires_at - make_interval(hours => ${hours})
          ), c as (
            update receipts
            set since = since - make_interval(hours => ${hours}), expires_at = expires_at - make_interval(hours => ${hours})
          )
          update idempotency_keys set created_at = created_at - make_interval(hours => ${hours})`,
      )
    },
  }
}

const contract = loadContract()
const routes = contractRoutes(contract)

type Test = Owner & Parameters<typeof contractFetch>[0]

/** The HTTP side on a real socket: the whole contract is wired, and the operations of the gateway are the real ones. */
export async function startGateway(
  server: Databases,
  t: Test,
  {
    maxBodyBytes = 262_144,
    rates,
    ...options
  }: { maxBodyBytes?: number; rates?: Partial<IntakeRates>; cap?: number } = {},
) {
  const [store, issuer] = await Promise.all([openGatewayStore(server, t, options), startSharedIssuer(t)])
  const { registrations, callbacks, publishing } = store
  const logged: unknown[] = []
  const log = {
    ...quiet,
    error: (...line: unknown[]) => logged.push(line),
    debug: (...line: unknown[]) => logged.push(line),
  }
  const app = createApp({ clock: systemClock, maxBodyBytes, log })
  t.teardown(() => app.close())
  const keys = issuerKeys({ jwksUrl: issuer.jwksUrl, log: quiet })
  t.teardown(() => keys.close())
  const announced: PendingRow[] = []
  const connected = new Set<string>()
  const reachOf = async (clientId: string): Promise<Reach> => (connected.has(clientId) ? 'live' : 'pending')
  const dispatcher = {
    reachOf,
    dispatch(row: PendingRow) {
      announced.push(row)
      return reachOf(row.notification.addressee)
    },
  }
  const limits = new IntakeLimits({ clock: systemClock, rates })
  let url = ''
  const elsewhere = async () => {
    throw new Refusal('ERROR_NOT_IMPLEMENTED')
  }
  const noStreams = () => {
    throw new Refusal('ERROR_NOT_IMPLEMENTED')
  }
  const receiptQueues: ReadonlySet<string> = new Set(['orders'])
  const waits = new AcknowledgementWaits({
    ...{ clock: systemClock, identity: { id: randomUUID() } },
    acknowledgedAmong: createReceipts({ pool: store.pool, clock: systemClock }).acknowledgedAmong,
  })
  t.teardown(async () => waits.drain())
  const acceptance = { waits, publishing, dispatcher, limits, hashOf, maxTtlSeconds: 604_800, receiptQueues }
  await wire(app, {
    routes,
    log,
    isCallbackId: registrations.isCallbackId,
    newcomers: { areRefused: () => false, isHere: () => false },
    verify: await tokenVerifier(app, { keys, log }),
    streams: { handle: noStreams, redeem: elsewhere, clock: systemClock, origins: [], publicUrl: null },
    handlers: {
      awaitNotifications(_input, _caller, answer) {
        answer.timedOut(0)
        return null
      },
      acknowledgeNotifications: elsewhere,
      createTicket: elsewhere,
      getReceipt: getReceipt({ findReceipt: createReceipts({ pool: store.pool, clock: systemClock }).find }),
      putWakeUp: elsewhere,
      deleteWakeUp: elsewhere,
      getSession: elsewhere,
      getHealth: elsewhere,
      getLiveness: elsewhere,
      getReadiness: elsewhere,
      createRegistration: createRegistration({
        ...{ registrations, limits, digest, receiptQueues, maxTtlSeconds: 604_800 },
        publicUrl: () => url,
      }),
      listRegistrations: listRegistrations({ registrations }),
      deleteRegistration: deleteRegistration({ registrations }),
      receiveCallback: receiveCallback({ callbacks, dispatcher, limits, digest, waits }),
      publishNotification: publishNotification(acceptance),
      publishNotifications: publishNotifications({
        ...acceptance,
        checkEntry: schemaCheck(contract.document, 'Publication'),
        logRefusal: (refusal, traceId) => logRefusal(log, refusal, traceId),
      }),
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const ask = contractFetch(t)
  const json = (clientId: string, body: unknown, claims: object = {}) => ({
    method: 'POST',
    headers: {
      authorization: `Bearer ${issuer.token({ sub: clientId, ...claims })}`,
      'content-type': 'application/json',
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

  const registerAs = (clientId: string, body: unknown = {}): Promise<CheckedAnswer> =>
    ask(`${url}/registrations`, json(clientId, body))

  return {
    ...store,
    url,
    issuer,
    app,
    limits,
    waits,
    /** The rows that were handed to the dispatcher, in order. */
    announced,
    /** The clients that are connected somewhere. */
    connected,
    /** The lines that the edge has logged. */
    logged,
    ask,
    askAs: (clientId: string, path: string, init: RequestInit = {}) =>
      ask(url + path, { ...init, headers: { authorization: `Bearer ${issuer.token({ sub: clientId })}` } }),
    publish: (body: unknown, scope = 'notifications:publish'): Promise<CheckedAnswer> =>
      ask(`${url}/notifications`, json('publisher', body, { scope })),
    registerAs,
    /** Registers; answers the callback URL. */
    async callbackUrl(clientId: string, body: unknown = {}): Promise<string> {
      return (await registerAs(clientId, body)).json<{ callbackUrl: string }>().callbackUrl
    },
    call: (
      callbackUrl: string,
      body: NonNullable<RequestInit['body']> | null = null,
      headers: NonNullable<RequestInit['headers']> = {},
    ) => ask(callbackUrl, { method: 'POST', body, headers }),
  }
}
