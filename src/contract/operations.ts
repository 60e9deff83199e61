import type { TraceContext } from '../delivery/trace-context.ts'
import type { operations } from './schema.d.ts'

/** The name of an operation of the contract. */
export type OperationId = keyof operations

/** Operations for which a 503 is a result rather than a refusal. */
type HealthId = 'getHealth' | 'getLiveness' | 'getReadiness'

/** Operations that need no token. */
type OpenId = HealthId | 'receiveCallback'

/** Operations that need a scope and no client id: the token of a machine may name no client. */
type ScopedId = 'publishNotification' | 'publishNotifications' | 'getSession' | 'getReceipt'

/** A body of any content type, unchanged. */
export interface AnyBody {
  readonly bytes: Uint8Array
  /** The header `Content-Type`; null when absent. */
  readonly contentType: string | null
}

/** A JSON body, with the text that it was parsed from: numbers and escapes do not survive parsing in every form. */
export interface JsonBody<Value> {
  readonly form: 'json'
  readonly value: Value
  readonly text: string
}

/** A body that is a publication in JSON, a CloudEvent in structured form, or the data of a CloudEvent in binary form. */
export type PublicationBody<Publication> =
  | JsonBody<Publication>
  | { readonly form: 'structured'; readonly text: string }
  | ({ readonly form: 'binary' } & AnyBody)

/** Operations that need the text of their JSON. */
type TextId = 'publishNotifications'

/** The caller of an operation: the claims of the verified token, and the trace id of the request. */
export interface Caller {
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  /** The expiry of the token, as a time since the epoch. */
  readonly expiresAtMs: number
  readonly traceId: string
  /** The trace of the request, for what it makes; null when the request named none. */
  readonly trace: TraceContext | null
  /** Has the function called when the caller hangs up before the response is written. */
  readonly onHangUp: (listener: () => void) => void
}

/** The members of a group of parameters, or none. Header names are in lower case, as in Node. */
type Members<T> = [T] extends [never] ? Record<never, never> : T
type LowerCased<T> = { readonly [Name in keyof T as Lowercase<Name & string>]: T[Name] }
type Parameters<Id extends OperationId> = Required<operations[Id]['parameters']>

type RequestBody<Id extends OperationId> = operations[Id]['requestBody']

type BodyOf<Id extends OperationId> =
  NonNullable<RequestBody<Id>> extends {
    content: { 'application/json': infer Body; 'application/cloudevents+json': unknown }
  }
    ? PublicationBody<Body>
    : NonNullable<RequestBody<Id>> extends { content: { 'application/json': infer Body } }
      ? Id extends TextId
        ? JsonBody<Body>
        : Body | (undefined extends RequestBody<Id> ? undefined : never)
      : NonNullable<RequestBody<Id>> extends { content: { '*/*': unknown } }
        ? AnyBody
        : undefined

/** The validated input of an operation. The body is undefined if the operation has none in the contract. */
export interface Input<Id extends OperationId> {
  readonly path: Members<Parameters<Id>['path']>
  readonly query: Members<Parameters<Id>['query']>
  readonly headers?: LowerCased<Members<Parameters<Id>['header']>>
  readonly body: [NonNullable<RequestBody<Id>>] extends [never] ? undefined : BodyOf<Id>
}

type Responses<Id extends OperationId> = operations[Id]['responses']

/** The documented statuses that a handler returns; those of refusals are thrown. */
type Returned<Id extends OperationId, Status> = `${Status & number}` extends `${2 | 3}${string}`
  ? Status
  : Id extends HealthId
    ? Status & 503
    : never

type Answer<Status, Documented> = Documented extends { content: { 'application/json': infer Body } }
  ? { readonly status: Status; readonly body: Body; readonly headers?: Readonly<Record<string, string>> }
  : { readonly status: Status; readonly body?: never; readonly headers?: Readonly<Record<string, string>> }

/** One of the responses that the contract lists for the operation; errors are thrown as a `Refusal` instead. */
export type Reply<Id extends OperationId> = {
  [Status in keyof Responses<Id> as Returned<Id, Status> & number]: Answer<Status, Responses<Id>[Status]>
} extends infer Answers
  ? Answers[keyof Answers]
  : never

/** The members of the caller that are known to the operation. */
type Known<Id extends OperationId> = Id extends OpenId
  ? 'traceId' | 'trace' | 'onHangUp'
  : Id extends ScopedId
    ? Exclude<keyof Caller, 'clientId'>
    : keyof Caller

/**
 * The implementation of an operation: takes an input, and returns a documented reply or throws a `Refusal`.
 * If the operation needs no token, only its trace is known of the caller; if it needs a scope, the client id is not.
 */
export type Handler<Id extends OperationId> = (input: Input<Id>, caller: Pick<Caller, Known<Id>>) => Promise<Reply<Id>>

/** One handler for every operation; a missing handler does not compile. */
export type Handlers = { readonly [Id in OperationId]: Handler<Id> }
