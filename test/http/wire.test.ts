import t from 'tap'
import { systemClock } from '../../src/adapters/clock.ts'
import { loadContract } from '../../src/contract/document.ts'
import type { HeldAnswer } from '../../src/contract/held.ts'
import { createApp } from '../../src/http/app.ts'
import { contractRoutes } from '../../src/http/contract-routes.ts'
import type { EdgeLog } from '../../src/http/edge-log.ts'
import type { Newcomers } from '../../src/http/overload.ts'
import { type Handlers, wire } from '../../src/http/wire.ts'
import { LogBook } from '../support/log-book.ts'

const verify = () => ({ clientId: 'alice', scopes: new Set<string>(), expiresAtMs: Date.now() + 60_000 })
const fails = () => {
  throw new Error('secret')
}
const handler = async () => ({ status: 204 })
const contract = loadContract()
const routes = contractRoutes(contract)
const operationIds = [...JSON.stringify(contract.document).matchAll(/"operationId":"(\w+)"/g)].map(
  ([, operationId = '']) => operationId,
)
/** Returns a handler for every operation of the contract; the tests call none of them. */
const handlers = () => Object.fromEntries(operationIds.map((operationId) => [operationId, handler]))

/** Wires these handlers to a new application. */
async function wireUp(
  given: object,
  log: EdgeLog = { error() {}, warn() {}, debug() {} },
  newcomers: Newcomers = { areRefused: () => false, isHere: () => false },
) {
  const app = createApp({ clock: systemClock, maxBodyBytes: 1_024, log })
  const streams = { handle: fails, redeem: async () => verify(), clock: systemClock, origins: [], publicUrl: null }
  await wire(app, {
    ...{ routes, verify, log, streams, handlers: given as Handlers },
    ...{ isCallbackId: () => true, newcomers },
  })
  await app.ready()
  return app
}

t.test('an operation without a handler stops the start', async (t) => {
  for (const operationId of operationIds) {
    const { [operationId]: _, ...others } = handlers()
    await t.rejects(wireUp(others), { message: `operation ${operationId} is in the contract but has no handler` })
  }
})

t.test('a handler without an operation stops the start', async (t) => {
  await t.rejects(wireUp({ ...handlers(), forgetEverything: handler }), {
    message: 'operation forgetEverything has a handler but is not in the contract',
  })
})

t.test("a handler that throws is a 500 in the contract's error shape", async (t) => {
  const app = await wireUp({
    ...handlers(),
    getHealth: async () => {
      throw new Error('secret')
    },
  })
  t.teardown(() => app.close())
  const response = await app.inject({ url: '/health' })
  t.equal(response.statusCode, 500)
  t.match(response.json(), { error: 'ERROR_INTERNAL_SERVER_ERROR' })
  t.notMatch(response.body, /secret/)
})

t.test('a held request that throws is a 500, and a line in the log with its trace id', async (t) => {
  const book = new LogBook()
  const log = { error: book.error.bind(book), warn() {}, debug() {} }
  const awaitNotifications = () => {
    throw new Error('secret')
  }
  const app = await wireUp({ ...handlers(), awaitNotifications }, log)
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${url}/notifications`, { headers: { 'trace-id': 'trace-1' } })
  t.equal(response.status, 500)
  t.match(await response.json(), { error: 'ERROR_INTERNAL_SERVER_ERROR', context: 'trace-1' })
  t.match(book.lines, [{ level: 'error', fields: { traceId: 'trace-1', err: { message: 'secret' } } }])
})

t.test('an overloaded instance refuses newcomers, and serves those that are here', async (t) => {
  let isHere = false
  const awaitNotifications = (_: unknown, __: unknown, answer: HeldAnswer) => {
    answer.timedOut(0)
    return null
  }
  const newcomers = { areRefused: () => true, isHere: () => isHere }
  const app = await wireUp({ ...handlers(), awaitNotifications }, undefined, newcomers)
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const refused: [method: string, path: string][] = [
    ['GET', '/notifications'],
    ['POST', '/tickets'],
    ['GET', '/registrations'],
    ['GET', '/sessions/alice'],
    ['POST', '/callback/x'],
  ]
  for (const [method, path] of refused) {
    const response = await fetch(url + path, { method })
    t.match([response.status, await response.json()], [503, { error: 'ERROR_OVERLOADED' }], path)
    t.match(response.headers.get('retry-after'), /^[1-5]$/)
  }
  isHere = true
  t.equal((await fetch(`${url}/notifications`)).status, 204, 'a client that is here polls on')
  t.equal((await fetch(`${url}/health`)).status, 204)
  const headers = { 'content-type': 'application/json' }
  const acknowledged = await fetch(`${url}/notifications/ack`, { method: 'POST', headers, body: '{"ids":["x"]}' })
  t.equal(acknowledged.status, 204)
})
