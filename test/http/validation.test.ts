import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { loadContract } from '../../src/contract/document.ts'
import { contractRoutes } from '../../src/http/contract-routes.ts'
import { schemaCheck, validatorCompiler } from '../../src/http/validation.ts'

const compile = validatorCompiler()
/** Returns the value after validation, or the message of the refusal. */
function validate(schema: object, value: unknown, httpPart = 'body'): unknown {
  const check = compile({ schema, httpPart, method: 'GET', url: '/' })
  const result = check(value) as { value?: unknown; error?: Error }
  return result.error?.message ?? result.value
}

const query = {
  type: 'object',
  properties: { wait: { type: 'number', minimum: 0 }, limit: { type: 'integer', maximum: 100, default: 20 } },
}

/** The schemas of a route, which Fastify passes to the compiler; a body has one for each content type. */
function* schemasOf(parts: object): Generator<{ part: string; schema: object }> {
  for (const [part, schema] of Object.entries(parts)) {
    if (part !== 'body') yield { part, schema }
    else for (const { schema: body } of Object.values<{ schema: object }>(schema.content)) yield { part, schema: body }
  }
}

t.test('every schema of the contract follows its meta-schema and compiles', async (t) => {
  const meta = new Ajv2020({ strict: true })
  const { document, routes } = loadContract()
  const seen = new Map<string, number>()
  for (const { operation, route } of contractRoutes({ document, routes })) {
    for (const { part, schema } of schemasOf(route.schema)) {
      t.ok(meta.validateSchema(schema), `${operation.operationId}, ${part}`)
      t.doesNotThrow(() => validate(schema, {}, part), `${operation.operationId}, ${part}`)
      seen.set(part, (seen.get(part) ?? 0) + 1)
    }
  }
  t.strictSame([...seen.keys()].sort(), ['body', 'headers', 'params', 'querystring'])
  t.throws(() => schemaCheck(document, 'Publication')({}), { code: 'ERROR_INVALID_ARGUMENT' })
})

t.test('parameters are text and are coerced to the types of the contract', async (t) => {
  t.same(validate(query, { wait: '1.5' }, 'querystring'), { wait: 1.5, limit: 20 })
  t.match(validate(query, { wait: 'soon' }, 'querystring'), /^query\/wait must be number/)
  t.match(validate(query, { wait: '-1' }, 'querystring'), /^query\/wait must be at least 0, and is -1$/)
  t.match(validate(query, { limit: '1.5' }, 'querystring'), /^query\/limit must be integer/)
  t.match(validate(query, { wait: ['1', '2'] }, 'querystring'), /^query\/wait must be number/)
})

t.test('bodies are not coerced', async (t) => {
  t.match(validate(query, { wait: '1' }), /^body\/wait must be number/)
  t.match(validate(query, null), /^body must be object/)
})

t.test('an unknown member is refused by its name', async (t) => {
  const closed = { type: 'object', properties: { a: {} }, additionalProperties: false }
  t.match(validate(closed, { a: 1, b: 2 }), 'body must not have the member b')
})

t.test('keywords of OpenAPI and of JSON Schema 2020-12 are understood, and others are refused', async (t) => {
  t.same(validate({ type: ['string', 'null'], example: 'x' }, null), null)
  t.match(
    validate({ type: 'array', prefixItems: [{ type: 'string' }], items: false, minItems: 1 }, [1]),
    /^body\/0 must be string/,
  )
  t.match(validate({ type: 'string', format: 'uuid' }, 'x'), /format "uuid"/)
  t.throws(() => validate({ type: 'string', nonsense: true }, 'x'), /nonsense/)
})

t.test('a refusal says the rule of the contract that the value breaks', async (t) => {
  const rules: readonly [schema: object, value: unknown, message: string][] = [
    [{ enum: ['auto', 'next'] }, 'never', 'body must be one of auto, next, and is "never"'],
    [{ enum: ['data', null] }, 'never', 'body must be one of data, null, and is "never"'],
    [{ type: 'string', pattern: '^a$' }, 'b', 'body must match ^a$, and is "b"'],
    [{ type: 'array', minItems: 2 }, [1], 'body must have at least 2 entries, and has 1'],
    [{ type: 'string', minLength: 2 }, 'x', 'body must have at least 2 characters, and is "x"'],
    [{ type: 'number', maximum: 1 }, 2, 'body must be at most 1, and is 2'],
    [{ type: 'string', format: 'uuid' }, 'x', 'body must match format "uuid", and is "x"'],
    [{ const: 1 }, {}, 'body must be 1'],
    [{ type: 'object', unevaluatedProperties: false }, { a: 1 }, 'body must not have the member a'],
    [false as unknown as object, 1, 'body boolean schema is false, and is 1'],
  ]
  for (const [schema, value, message] of rules) t.equal(validate(schema, value), message)
})
