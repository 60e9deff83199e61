import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { loadContract, type Operation, operations, type Response, type Schema } from '../../src/contract/document.ts'

/** The answer to a request, as it came over the wire. */
export interface Answer {
  readonly method: string
  /** The path that was asked for, without the query: `/sessions/alice`. */
  readonly path: string
  readonly status: number
  /** `Headers`, or what Node and `inject` give. */
  readonly headers: Headers | Readonly<Record<string, string | string[] | number | undefined>>
  readonly bodyText: string
}

/** As much of a tap test as is needed here. */
interface Asserts {
  strictSame(found: unknown, wanted: unknown, message: string): boolean
}

const { document } = loadContract()
const routes = [...operations(document)]
  .map((operation) => ({ operation, pattern: patternOf(operation.path) }))
  // A literal path wins over a template that matches it too.
  .sort((a, b) => Number(a.operation.path.includes('{')) - Number(b.operation.path.includes('{')))

const ajv = new Ajv2020({ strict: true, allErrors: true })
addFormats.default(ajv)
for (const keyword of ['example', 'discriminator', 'xml', 'externalDocs']) ajv.addKeyword(keyword)
ajv.addSchema({ $id: 'contract', $defs: rebased(document.components.schemas ?? {}) })

const compiled = new WeakMap<Schema, ValidateFunction>()

/** Says what is wrong with a value by a schema of the contract; nothing, if it is right. */
export function schemaViolations(schema: Schema, value: unknown): readonly string[] {
  let validate = compiled.get(schema)
  if (validate === undefined) {
    validate = ajv.compile(rebased(schema))
    compiled.set(schema, validate)
  }
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
  )
}

/** A schema of the contract, by its name. */
export function schemaOf(name: string): Schema {
  return (document.components.schemas?.[name] ?? {}) as Schema
}

/** Says what in an answer is not as the contract has it; nothing, if all is. */
export function contractViolations(answer: Answer): readonly string[] {
  const operation = operationOf(answer)
  // Not in the contract: a page, metrics, an unknown path, another method. Errors have their shape everywhere.
  if (operation === undefined) return answer.status < 400 ? [] : errorViolations(answer)
  const documented = operation.responses.get(answer.status)
  if (documented === undefined) return [`status ${answer.status} is not documented for ${operation.operationId}`]
  return [...headerViolations(answer, documented), ...bodyViolations(answer, documented)]
}

/** Throws when an answer is not as the contract has it; for scripts. */
export function checkContract(answer: Answer): void {
  const violations = contractViolations(answer)
  if (violations.length === 0) return
  throw new Error(`${told(answer)} is not as in the contract: ${violations.join('; ')}\n${answer.bodyText}`)
}

/** Fails the test when an answer is not as the contract has it. */
export function assertContract(t: Asserts, answer: Answer): void {
  t.strictSame(contractViolations(answer), [], `${told(answer)} is as in the contract`)
}

/** An answer that was read to its end and found to be as the contract has it. */
export interface CheckedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  json<T = unknown>(): T
}

/** `fetch`, with every answer held to the contract. Redirects are not followed: they would hide an answer. */
export function contractFetch(t: Asserts): (url: string | URL, init?: RequestInit) => Promise<CheckedAnswer> {
  return async (url, init) => {
    const response = await fetch(url, { redirect: 'manual', ...init })
    const { status, headers } = response
    const text = await response.text()
    const method = init?.method?.toUpperCase() ?? 'GET'
    assertContract(t, { method, path: new URL(url).pathname, status, headers, bodyText: text })
    return { status, headers, text, json: <T>() => JSON.parse(text) as T }
  }
}

/** The same schema with its references going to where the validator knows the schemas of the contract. */
function rebased(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (key, member) =>
    key === '$ref' ? String(member).replace('#/components/schemas/', 'contract#/$defs/') : member,
  )
}

function patternOf(template: string): RegExp {
  const literals = template.split(/\{\w+\}/).map((text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literals.join('[^/]+')}$`)
}

function operationOf({ method, path }: Answer): Operation | undefined {
  return routes.find(({ operation, pattern }) => operation.method === method.toUpperCase() && pattern.test(path))
    ?.operation
}

function told({ method, path, status }: Answer): string {
  return `the answer ${status} to ${method} ${path}`
}

function headerOf({ headers }: Answer, name: string): string | null {
  if (headers instanceof Headers) return headers.get(name)
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  return found === undefined ? null : String(found)
}

function headerViolations(answer: Answer, { headers = {} }: Response): string[] {
  return Object.entries(headers).flatMap(([name, { required = false, schema }]) => {
    const value = headerOf(answer, name)
    if (value === null) return required ? [`the header ${name} is missing`] : []
    return schemaViolations(schema, value).map((violation) => `the header ${name} (${value}): ${violation}`)
  })
}

function bodyViolations(answer: Answer, { content }: Response): string[] {
  if (content === undefined) return answer.bodyText === '' ? [] : ['there is a body where none is documented']
  const type = headerOf(answer, 'content-type')
  const form = content[type?.split(';')[0]?.trim().toLowerCase() ?? '']
  if (form !== undefined && type?.startsWith('text/')) return [...schemaViolations(form.schema, answer.bodyText)]
  if (form === undefined) return [`the content type ${type} is not documented`]
  try {
    const violations = schemaViolations(form.schema, JSON.parse(answer.bodyText))
    return violations.map((violation) => `the body: ${violation}`)
  } catch (error) {
    if (error instanceof SyntaxError) return ['the body is not JSON']
    throw error
  }
}

/** An error outside of the contract: its shape, and the headers its status asks for. */
function errorViolations(answer: Answer): string[] {
  const wanted: Record<number, string> = {
    401: 'WWW-Authenticate',
    405: 'Allow',
    429: 'Retry-After',
    503: 'Retry-After',
  }
  const missing = ['trace-id', wanted[answer.status]].filter(
    (name) => name !== undefined && headerOf(answer, name) === null,
  )
  const violations = missing.map((name) => `the header ${name} is missing`)
  if (answer.method.toUpperCase() === 'HEAD') return violations
  return [...violations, ...bodyViolations(answer, errorResponse)]
}

const errorResponse: Response = {
  description: 'Any error.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
}
