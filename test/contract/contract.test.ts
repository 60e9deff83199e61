import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { loadContract, operations, type Schema } from '../../src/contract/document.ts'
import { refusals } from '../../src/delivery/refusal.ts'
import { schemaViolations } from '../support/contract.ts'

const { document } = loadContract()

interface Example {
  readonly where: string
  readonly schema: Schema
  readonly value: unknown
}

/** Yields every example of the document with its schema: in schemas, parameters, headers and bodies. */
function* examples(node: unknown, where = ''): Generator<Example> {
  if (typeof node !== 'object' || node === null) return
  const {
    schema = node as Schema,
    example,
    examples: many = [],
  } = node as Record<string, unknown> & { schema?: Schema }
  if (example !== undefined) yield { where, schema, value: example }
  if (Array.isArray(many)) for (const value of many) yield { where, schema, value }
  else
    for (const [name, { value }] of Object.entries(many as object)) yield { where: `${where}/${name}`, schema, value }
  for (const [key, member] of Object.entries(node)) {
    if (key !== 'example' && key !== 'examples') yield* examples(member, `${where}/${key}`)
  }
}

t.test('operationIds are unique; one that occurs twice fails the start', async (t) => {
  const ids = [...operations(document)].map(({ operationId }) => operationId)
  t.same(ids, [
    'awaitNotifications',
    'publishNotification',
    'publishNotifications',
    'acknowledgeNotifications',
    'createTicket',
    'getSession',
    'getReceipt',
    'listRegistrations',
    'createRegistration',
    'deleteRegistration',
    'putWakeUp',
    'deleteWakeUp',
    'receiveCallback',
    'getHealth',
    'getLiveness',
    'getReadiness',
  ])
  const paths = { ...document.paths, '/again': document.paths['/health'] ?? {} }
  t.throws(() => [...operations({ ...document, paths })], /getHealth is in the contract twice/)
  t.throws(() => [...operations({ ...document, paths: { '/new': { get: { responses: {} } } } })], /no operationId/)
})

t.test('every example is valid by its schema', async (t) => {
  const found = [...examples(document.paths, 'paths'), ...examples(document.components, 'components')]
  t.ok(found.length > 40, 'the contract has many examples')
  for (const { where, schema, value } of found) t.same(schemaViolations(schema, value), [], where)
})

t.test('every body in the contract has an example', async (t) => {
  for (const { operationId, responses } of operations(document)) {
    for (const [status, { content = {} }] of responses) {
      for (const [type, form] of Object.entries(content)) t.ok('examples' in form, `${operationId} ${status} ${type}`)
    }
  }
})

t.test('the contract has the error codes of the refusals', async (t) => {
  const code = document.components.schemas?.ErrorCode as { enum: string[] }
  t.same(code.enum, Object.keys(refusals))
})

t.test('the status of every refusal is in the contract', async (t) => {
  const documented = new Set([...operations(document)].flatMap(({ responses }) => [...responses.keys()]))
  for (const [code, { status }] of Object.entries(refusals)) t.ok(documented.has(status), `${code} is ${status}`)
})

t.test('the body of an operation is known from its request body in the contract', async (t) => {
  const bodies = new Map([...operations(document)].map(({ operationId, body }) => [operationId, body]))
  t.equal(bodies.get('getSession'), null)
  t.same(bodies.get('publishNotification'), { form: 'event', required: true })
  t.same(bodies.get('publishNotifications'), { form: 'json', required: true })
  t.same(bodies.get('createRegistration'), { form: 'json', required: false })
  t.same(bodies.get('receiveCallback'), { form: 'bytes', required: false })
})

t.test('every operation documents the refusals of its connection, and of its body when it may have one', async (t) => {
  for (const { operationId, method, responses } of operations(document)) {
    const ofBodies = method === 'GET' ? [] : [400, 413]
    for (const status of [408, 414, 429, 431, 500, 503, ...ofBodies])
      t.ok(responses.has(status), `${operationId} ${status}`)
  }
})

t.test('an example of an error has the status of its code', async (t) => {
  for (const { operationId, responses } of operations(document)) {
    for (const [status, { content = {} }] of responses) {
      for (const { where, value } of examples(content)) {
        const error = (value as { error?: keyof typeof refusals }).error
        if (error !== undefined) t.equal(refusals[error].status, status, `${operationId} ${where}`)
      }
    }
  }
})

t.test('every error has a trace id, and 401, 405, 429 and 503 have their header', async (t) => {
  const needed: Record<number, string> = {
    401: 'WWW-Authenticate',
    405: 'Allow',
    429: 'Retry-After',
    503: 'Retry-After',
  }
  for (const { operationId, responses } of operations(document)) {
    for (const [status, { headers = {} }] of responses) {
      for (const name of ['trace-id', needed[status] ?? 'trace-id']) {
        t.equal(headers[name]?.required, true, `${operationId} ${status} ${name}`)
      }
    }
  }
})

t.test('the generated types and routes match the contract', async (t) => {
  const script = new URL('../../scripts/contract.ts', import.meta.url).pathname
  await t.resolves(promisify(execFile)(process.execPath, [script, '--check']))
})
