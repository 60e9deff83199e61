import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A reference to another part of the document. */
interface Reference {
  readonly $ref: string
}

/** The security requirement of an operation: scopes of its bearer token, or a ticket. */
interface SecurityRequirement {
  readonly bearerAuth?: readonly string[]
  readonly ticket?: readonly string[]
}

/** A JSON Schema of the contract, whose references are pointers into the document. */
export type Schema = Readonly<Record<string, unknown>>

/** A header of a response. */
export interface Header {
  readonly required?: boolean
  readonly schema: Schema
}

interface RequestBody {
  readonly required?: boolean
  readonly content: Readonly<Record<string, unknown>>
}

/** A documented response, which has no body without `content`. */
export interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, Header>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

/** The parsed contract, with the parts of OpenAPI that this service reads. */
export interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** An operation of the contract. References in its responses and their headers are resolved. */
export interface Operation {
  readonly operationId: string
  /** In upper case, as in a request. */
  readonly method: string
  /** The path template, such as `/sessions/{clientId}`. */
  readonly path: string
  readonly responses: ReadonlyMap<number, Response>
  /** The form of the request body: JSON, JSON or a CloudEvent, or any bytes. Null if the operation has no body. */
  readonly body: { readonly form: 'json' | 'event' | 'bytes'; readonly required: boolean } | null
  /** The scope that the token needs, if any, and whether a ticket may replace the token. Null if no token is needed. */
  readonly security: { readonly scope: string | null; readonly ticket: boolean } | null
}

/** The route of an operation, with the schemas of its parameters and its body, in which no reference is left. */
export interface GeneratedRoute {
  readonly method: string
  /** The path with its parameters as Fastify writes them, such as `/sessions/:clientId`. */
  readonly url: string
  readonly schema: Schema
}

/** The content of `contract.json`, which `npm run contract` makes of the contract. */
export interface GeneratedContract {
  /** The `sumOf` the contract's text. */
  readonly sum: string
  readonly document: Document
  /** The routes by `operationId`. */
  readonly routes: Readonly<Record<string, GeneratedRoute>>
}

/** The contract: its text, to be served, its document and its routes. */
export interface Contract extends Omit<GeneratedContract, 'sum'> {
  readonly text: string
}

/** The contract as it is written. */
export const contractFile = new URL('../../api/notification-service.yaml', import.meta.url)
/** The contract as it is read at each start: parsing YAML and checking OpenAPI took a fifth of the start's CPU time. */
export const parsedFile = new URL('contract.json', import.meta.url)

/** Returns a sum that tells the texts of two contracts apart. */
export function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Reads the contract. Throws when a file is missing, or `contract.json` was made of another text. */
export function loadContract(): Contract {
  const text = readFileSync(contractFile, 'utf8')
  const { sum, document, routes } = JSON.parse(readFileSync(parsedFile, 'utf8')) as GeneratedContract
  if (sum !== sumOf(text)) {
    throw new Error(
      'src/contract/contract.json is stale: api/notification-service.yaml has changed. Run "npm run contract".',
    )
  }
  return { text, document, routes }
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

/** Yields every operation of the contract in order. Throws at a missing operationId, or one that occurs twice. */
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

/** Returns the requirement of an operation; the default is that of the whole document, a token without a scope. */
function securityOf(requirements: SecurityRequirement[] = [{ bearerAuth: [] }]): Operation['security'] {
  const [first] = requirements
  if (first === undefined) return null
  return { scope: first.bearerAuth?.[0] ?? null, ticket: requirements.some(({ ticket }) => ticket !== undefined) }
}

function bodyOf(found: RequestBody | undefined): Operation['body'] {
  if (found === undefined) return null
  return { form: formOf(found.content), required: found.required ?? false }
}

function formOf(content: RequestBody['content']): NonNullable<Operation['body']>['form'] {
  if ('application/cloudevents+json' in content) return 'event'
  return '*/*' in content ? 'bytes' : 'json'
}

function responseOf(document: Document, found: Response | Reference): Response {
  const response = resolve(document, found)
  if (response.headers === undefined) return response
  const headers = Object.entries(response.headers).map(([name, header]) => [name, resolve(document, header)])
  return { ...response, headers: Object.fromEntries(headers) }
}

/** Returns the component that a reference points to, or the value itself if it is not a reference. */
function resolve<T extends object>(document: Document, found: T | Reference): T {
  if (!('$ref' in found)) return found
  const [, , kind = '', name = ''] = found.$ref.split('/')
  const target = document.components[kind]?.[name]
  if (target === undefined) throw new Error(`${found.$ref} is not in the contract`)
  return target as T
}
