import t from 'tap'
import { validatorCompiler } from '../../src/http/validation.ts'

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

t.test('parameters are text and are coerced to the types of the contract', async (t) => {
  t.same(validate(query, { wait: '1.5' }, 'querystring'), { wait: 1.5, limit: 20 })
  t.match(validate(query, { wait: 'soon' }, 'querystring'), /^query\/wait must be number/)
  t.match(validate(query, { wait: '-1' }, 'querystring'), /^query\/wait must be >= 0/)
  t.match(validate(query, { limit: '1.5' }, 'querystring'), /^query\/limit must be integer/)
  t.match(validate(query, { wait: ['1', '2'] }, 'querystring'), /^query\/wait must be number/)
})

t.test('bodies are not coerced', async (t) => {
  t.match(validate(query, { wait: '1' }), /^body\/wait must be number/)
  t.match(validate(query, null), /^body must be object/)
})

t.test('an unknown member is refused by its name', async (t) => {
  const closed = { type: 'object', properties: { a: {} }, additionalProperties: false }
  t.match(validate(closed, { a: 1, b: 2 }), 'body must NOT have additional properties: b')
})

t.test('keywords of OpenAPI and of JSON Schema 2020-12 are understood, and others stop the start', async (t) => {
  t.same(validate({ type: ['string', 'null'], example: 'x' }, null), null)
  t.match(
    validate({ type: 'array', prefixItems: [{ type: 'string' }], items: false, minItems: 1 }, [1]),
    /^body\/0 must be string/,
  )
  t.match(validate({ type: 'string', format: 'uuid' }, 'x'), /format "uuid"/)
  t.throws(() => validate({ type: 'string', nonsense: true }, 'x'), /nonsense/)
})
