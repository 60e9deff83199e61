import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { systemClock, within } from './adapters/clock.ts'
import { closeApp } from './close-app.ts'
import { conditionOf } from './condition.ts'
import type { Config } from './config.ts'
import { loadContract, operations } from './contract/document.ts'
import { IntakeLimits } from './delivery/intake/limits.ts'
import { Mailboxes } from './delivery/mailboxes.ts'
import type { Phase } from './handlers/condition.ts'
import { openAccessLog } from './http/access-log.ts'
import { createApp } from './http/app.ts'
import { clientScript } from './http/client-script.ts'
import { contractRoutes } from './http/contract-routes.ts'
import { openApi } from './http/docs.ts'
import { oncePerOutage } from './http/edge-log.ts'
import { listenAt } from './http/listen.ts'
import { Load } from './http/load.ts'
import { operatorPages } from './http/operator-pages.ts'
import { relayRoute } from './http/relay-route.ts'
import { refuseUntilStarted, routeOf } from './http/starting.ts'
import { issuerKeys } from './http/tokens/issuer-keys.ts'
import { ticketRedeemer } from './http/tokens/redeem-ticket.ts'
import { warnOfUncheckedClaims } from './http/tokens/unchecked-claims.ts'
import { tokenVerifier } from './http/tokens/verify-token.ts'
import { wire, wireHealth } from './http/wire.ts'
import { countAccepted } from './metrics/acceptance.ts'
import { boundGauges } from './metrics/bound-gauges.ts'
import { Deliveries } from './metrics/deliveries.ts'
import { openMetrics } from './metrics/metrics.ts'
import type { MakeMailboxes, OpenMode } from './modes/mode.ts'
import { handlersOf } from './operations.ts'
import { ownAddress } from './own-address.ts'
import { shutDown } from './shutdown.ts'
import type { Start } from './start.ts'
import { openTracing } from './tracing/open-tracing.ts'

/**
 * A burst of reconnections must fit into the kernel's queue: a client that does not fit waits a second for its SYN
 * retry.
 */
const backlog = 4096
/** Requests in flight beside the held polls: more than a busy instance ever has. */
const maxOtherRequests = 5_000
/** Time for the mode of a start that has failed to close; what it has opened may hang. */
const closeModeMs = 2_000
/** Operations that are served while the instance starts. */
const alwaysServed: ReadonlySet<string> = new Set(['getHealth', 'getLiveness', 'getReadiness'])

/** Loads the code of one mode alone, with the libraries that it needs. */
async function loadMode(mode: Config['NOTIFICATION_SERVICE_MODE']): Promise<OpenMode> {
  return mode === '2'
    ? (await import('./modes/client-queue/open.ts')).openClientQueues
    : (await import('./modes/instance-queue/open.ts')).openInstanceQueues
}

/** A running instance of the service. */
export interface Service {
  /** Sends every client to another instance, releases undelivered notifications, and stops. Takes less than 30 s, with the longest drain 35 s. */
  stop(): Promise<void>
}

/**
 * Builds every part, plugs them together and starts them. While PostgreSQL or SQS is away the service listens, is alive
 * and not ready, and waits. If the start fails, the parts that were opened are closed.
 */
export async function startService(
  config: Config,
  log: Logger,
  { onFatal, onSuperseded, stop, droppedLogLines, moreRoutes = null, among = null, onNamed = () => {} }: Start,
): Promise<Service> {
  await using starting = new AsyncDisposableStack()
  const clock = systemClock
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const contract = loadContract()
  const edgeLog = oncePerOutage(log, () => clock.now())
  const tracing = await openTracing(config, { version, clock, log })
  starting.defer(() => tracing.close())
  const accessLog = tracing.accessLog(openAccessLog({ which: config.ACCESS_LOG, log }))
  const edge = { clock, log: edgeLog, accessLog, maxBodyBytes: config.MAX_BODY_BYTES }
  const app = createApp({
    ...edge,
    origins: config.CORS_ORIGINS,
    keepAliveMs: config.KEEP_ALIVE_SECONDS * 1000,
    maxConnections: config.MAX_CONNECTIONS,
    maxRequestsInFlight: config.MAX_HELD_POLLS + maxOtherRequests,
  })
  starting.defer(() => closeApp(app, clock, 0))
  const load = new Load({ clock, log })
  starting.defer(() => load.close())
  let phase: Phase = 'starting'
  const gated = [...operations(contract.document)].filter(({ operationId }) => !alwaysServed.has(operationId))
  refuseUntilStarted(app, new Set(gated.map(({ path }) => routeOf(path))), () => phase !== 'starting')
  const keys = issuerKeys({ jwksUrl: config.COGNITO_JWK_URL, log })
  starting.defer(() => keys.close())
  warnOfUncheckedClaims(log, config)
  void keys.refresh()

  const deliveries = new Deliveries(Date.now)
  const makeMailboxes: MakeMailboxes = (needs) =>
    new Mailboxes({
      ...needs,
      clock,
      timeOfDay: Date.now,
      log,
      observer: tracing.observer(deliveries),
      random: Math.random,
      epoch: randomBytes(4).readUInt32BE().toString(36),
      bounds: {
        maxHeldPolls: config.MAX_HELD_POLLS,
        maxPollsPerClient: config.MAX_POLLS_PER_CLIENT,
        maxLeasedBytes: config.MAX_LEASED_BYTES,
        lingerMs: config.SESSION_LINGER_SECONDS * 1000,
        graceMs: config.AUTO_ACK_GRACE_MS,
      },
    })
  /** Known once the service listens. */
  let ownPort = 0
  const addressWith = (port: number) => config.INSTANCE_ADDRESS ?? ownAddress(config.HOST, port, networkInterfaces())
  const address = () => addressWith(ownPort)
  const openMode = await loadMode(config.NOTIFICATION_SERVICE_MODE)
  const mode = await openMode({ config, clock, log, makeMailboxes, tracing, address, onFatal, onSuperseded })
  starting.defer(async () => void (await within(clock, closeModeMs, mode.close())))
  onNamed(mode.instanceId)
  const { mailboxes } = mode
  const { gateway: counted, accepted } = countAccepted(mode.gateway)
  const gateway = tracing.gateway(counted)
  const publicUrl = () => config.PUBLIC_URL ?? addressWith(portOf(app))

  const condition = conditionOf({ mode, keys, among, version, clock, phase: () => phase })
  const verify = await tokenVerifier(app, {
    keys,
    log,
    issuers: config.JWT_ISSUER ?? undefined,
    audiences: config.JWT_AUDIENCE ?? undefined,
    clientIdClaim: config.CLIENT_ID_CLAIM,
    scopes: { claims: config.SCOPE_CLAIM, prefix: config.SCOPE_PREFIX },
    algorithms: config.JWT_ALGORITHMS,
    memorySize: config.MAX_HELD_POLLS,
  })
  await app.register(clientScript)
  const operators = config.ADMIN_PORT === null ? app : createApp(edge)
  if (operators !== app) {
    starting.defer(() => closeApp(operators, clock, 0))
    if (config.DOCS === 'on') await app.register(openApi, contract)
  }
  const registry = openMetrics({
    ...{ clock, mailboxes, deliveries, accepted, keys, droppedLogLines, spans: tracing.counters, ...mode.counters },
    database: mode.database,
    answered:
      operators === app ? [app.connections.answered] : [app.connections.answered, operators.connections.answered],
    gauges: [...mode.gauges, ...boundGauges({ app, load })],
  })
  await operators.register(operatorPages, {
    contract,
    docs: config.DOCS,
    readMetrics: () => registry.metrics(),
    metricsType: registry.contentType,
  })
  const limits = new IntakeLimits({
    clock,
    rates: {
      perCallbackUrl: config.RATE_CALLBACK_URL,
      perAddressee: config.RATE_ADDRESSEE,
      registrationsPerClient: config.RATE_REGISTRATIONS,
      ticketsPerClient: config.RATE_TICKETS,
    },
  })
  const handlers = handlersOf({
    log: edgeLog,
    config,
    mode: { ...mode, gateway },
    limits,
    condition,
    publicUrl,
    document: contract.document,
  })
  const routes = contractRoutes(contract)
  if (operators !== app) wireHealth(operators, routes, handlers.health)
  await wire(app, {
    routes,
    verify,
    isCallbackId: (text) => gateway.registrations.isCallbackId(text),
    newcomers: { areRefused: () => load.isTooMuch, isHere: (clientId) => mailboxes.clients.isHere(clientId) },
    log: edgeLog,
    traceOf: tracing.traceOf,
    streams: {
      handle: handlers.stream,
      redeem: ticketRedeemer(mode.tickets, Date.now),
      clock,
      origins: config.CORS_ORIGINS,
      publicUrl: config.PUBLIC_URL,
    },
    handlers: { ...handlers.clientsAndSenders, ...handlers.health },
  })
  const { relayed } = mode
  if (relayed !== null) await app.register((scope) => relayRoute(scope, relayed))
  if (moreRoutes !== null) await app.register(moreRoutes)
  if (operators !== app)
    await listenAt(operators, { host: config.ADMIN_HOST ?? config.HOST, port: config.ADMIN_PORT ?? 0 })
  ownPort = await listenAt(app, { host: config.HOST, port: config.PORT, backlog, ownPort: among?.ownPort })
  await mode.start(stop)
  phase = 'serving'
  starting.move()
  log.info(
    {
      port: portOf(app),
      ...(among === null ? {} : { ownPort }),
      ...(operators === app ? {} : { adminPort: portOf(operators) }),
      instanceId: mode.instanceId(),
      version,
    },
    'listening',
  )

  return {
    async stop() {
      phase = 'draining'
      log.info({ heldPolls: mailboxes.heldPolls.count }, 'shutting down: clients are sent to other instances')
      const { DRAIN_SPREAD_SECONDS, AUTO_ACK_GRACE_MS } = config
      await shutDown({ mode, app, clock, log, drainSpreadMs: DRAIN_SPREAD_SECONDS * 1000, graceMs: AUTO_ACK_GRACE_MS })
      load.close()
      // Probes and collectors of metrics are answered to the end.
      await Promise.all([closeApp(operators, clock, 0), keys.close(), tracing.close()])
      log.info({}, 'shut down')
    },
  }
}

function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port
}
