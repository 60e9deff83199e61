import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** Where another part of the document is meant. */
interface Reference {
  readonly $ref: string
}

/** The scopes that an operation needs of its bearer token. */
interface SecurityRequirement {
  readonly bearerAuth?: readonly string[]
  readonly ticket?: readonly string[]
}

/** A JSON Schema of the contract; its references are pointers into the document. */
export type Schema = Readonly<Record<string, unknown>>

/** A header or a body form that a response has. */
export interface Header {
  readonly required?: boolean
  readonly schema: Schema
}

interface RequestBody {
  readonly required?: boolean
  readonly content: Readonly<Record<string, unknown>>
}

/** One documented answer. Without `content` it has no body. */
export interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, Header>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

/** The contract, parsed: no more of OpenAPI than this service looks at. */
export interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** One operation of the contract, its responses without references down to their headers. */
export interface Operation {
  readonly operationId: string
  /** In upper case, as in a request. */
  readonly method: string
  /** The template: `/sessions/{clientId}`. */
  readonly path: string
  readonly responses: ReadonlyMap<number, Response>
  /** What it takes: JSON, or any bytes there are. Null for no body. */
  readonly body: { readonly form: 'json' | 'bytes'; readonly required: boolean } | null
  /** What its token must have: a scope, or no particular one; a ticket may stand for it. Null when no token is needed. */
  readonly security: { readonly scope: string | null; readonly ticket: boolean } | null
}

/** The contract as it is on disk: the text to serve, and the document to work with. */
export interface Contract {
  readonly text: string
  readonly document: Document
}

/** Reads the contract. Throws when it is not there or is no YAML: without it there is nothing to serve. */
export function loadDocument(): Contract {
  const text = readFileSync(new URL('../../api/notification-service.yaml', import.meta.url), 'utf8')
  return { text, document: parse(text) as Document }
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

/** Every operation of the contract, in its order. Throws when two of them have the same operationId, or one has none. */
export function* operations(document: Document): Generator<Operation, void, undefined> {
  const seen = new Set<string>()
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const found = item[method] as
        | {
            operationId?: string
            security?: SecurityRequirement[]
            requestBody?: RequestBody
            responses: Record<string, Response | Reference>
          }
        | undefined
      if (found === undefined) continue
      const { operationId } = found
      if (operationId === undefined) throw new Error(`${method} ${path} has no operationId in the contract`)
      if (seen.has(operationId)) throw new Error(`operation ${operationId} is in the contract twice`)
      seen.add(operationId)
      const responses = new Map(
        Object.entries(found.responses).map(([status, response]) => [Number(status), responseOf(document, response)]),
      )
      yield {
        operationId,
        method: method.toUpperCase(),
        path,
        responses,
        body: bodyOf(found.requestBody),
        security: securityOf(found.security),
      }
    }
  }
}

/** Without a word of its own an operation needs a token, as the document says at its top. */
function securityOf(requirements: SecurityRequirement[] = [{ bearerAuth: [] }]): Operation['security'] {
  const [first] = requirements
  if (first === undefined) return null
  return { scope: first.bearerAuth?.[0] ?? null, ticket: requirements.some(({ ticket }) => ticket !== undefined) }
}

function bodyOf(found: RequestBody | undefined): Operation['body'] {
  if (found === undefined) return null
  return { form: '*/*' in found.content ? 'bytes' : 'json', required: found.required ?? false }
}

function responseOf(document: Document, found: Response | Reference): Response {
  const response = resolve(document, found)
  if (response.headers === undefined) return response
  const headers = Object.entries(response.headers).map(([name, header]) => [name, resolve(document, header)])
  return { ...response, headers: Object.fromEntries(headers) }
}

/** Follows a reference into the components of the document. */
function resolve<T extends object>(document: Document, found: T | Reference): T {
  if (!('$ref' in found)) return found
  const [, , kind = '', name = ''] = found.$ref.split('/')
  const target = document.components[kind]?.[name]
  if (target === undefined) throw new Error(`${found.$ref} is not in the contract`)
  return target as T
}
