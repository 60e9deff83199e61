import type { operations } from './schema.d.ts'

/** The name of an operation of the contract. */
export type OperationId = keyof operations

/** Operations that say 503 as a result rather than as a refusal. */
type HealthId = 'getHealth' | 'getLiveness' | 'getReadiness'

/** Operations that answer without a token. */
type OpenId = HealthId | 'receiveCallback'

/** A body of any content type, as it came. */
export interface AnyBody {
  readonly bytes: Uint8Array
  /** What the header `Content-Type` says; null without one. */
  readonly contentType: string | null
}

/** Who asks: what the checked token says, and the request's trace. */
export interface Caller {
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  /** When the token expires, in milliseconds since the epoch. */
  readonly expiresAtMs: number
  readonly traceId: string
}

/** The members of a parameter group, or none; header names are in lower case, as Node gives them. */
type Members<T> = [T] extends [never] ? Record<never, never> : T
type LowerCased<T> = { readonly [Name in keyof T as Lowercase<Name & string>]: T[Name] }
type Parameters<Id extends OperationId> = Required<operations[Id]['parameters']>

type RequestBody<Id extends OperationId> = operations[Id]['requestBody']

type BodyOf<Id extends OperationId> =
  NonNullable<RequestBody<Id>> extends { content: { 'application/json': infer Body } }
    ? Body | (undefined extends RequestBody<Id> ? undefined : never)
    : NonNullable<RequestBody<Id>> extends { content: { '*/*': unknown } }
      ? AnyBody
      : undefined

/** What a request of the operation carries, validated. The body is undefined where the contract has none. */
export interface Input<Id extends OperationId> {
  readonly path: Members<Parameters<Id>['path']>
  readonly query: Members<Parameters<Id>['query']>
  readonly headers?: LowerCased<Members<Parameters<Id>['header']>>
  readonly body: [NonNullable<RequestBody<Id>>] extends [never] ? undefined : BodyOf<Id>
}

type Responses<Id extends OperationId> = operations[Id]['responses']

/** Refusals are thrown, so of the documented statuses only these are returned. */
type Returned<Id extends OperationId, Status> = `${Status & number}` extends `${2 | 3}${string}`
  ? Status
  : Id extends HealthId
    ? Status & 503
    : never

type Answer<Status, Documented> = Documented extends { content: { 'application/json': infer Body } }
  ? { readonly status: Status; readonly body: Body; readonly headers?: Readonly<Record<string, string>> }
  : { readonly status: Status; readonly body?: never; readonly headers?: Readonly<Record<string, string>> }

/** One of the answers that the contract lists for the operation; errors are thrown as a `Refusal` instead. */
export type Reply<Id extends OperationId> = {
  [Status in keyof Responses<Id> as Returned<Id, Status> & number]: Answer<Status, Responses<Id>[Status]>
} extends infer Answers
  ? Answers[keyof Answers]
  : never

/**
 * What an operation does: an input in, one of the documented replies out, a `Refusal` thrown.
 * Where no token is needed, all that is known of the caller is its trace.
 */
export type Handler<Id extends OperationId> = (
  input: Input<Id>,
  caller: Id extends OpenId ? Pick<Caller, 'traceId'> : Caller,
) => Promise<Reply<Id>>

/** One handler for every operation: a forgotten one does not compile. */
export type Handlers = { readonly [Id in OperationId]: Handler<Id> }
