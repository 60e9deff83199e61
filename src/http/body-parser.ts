import type { FastifyInstance, FastifyRequest, onRequestHookHandler, preValidationHookHandler } from 'fastify'
import { Refusal } from '../delivery/refusal.ts'
import type { Bodies } from './bodies.ts'

const refused = (message: string): Refusal => new Refusal('ERROR_INVALID_ARGUMENT', { message })

const publicationTypes = 'application/json or application/cloudevents+json'

type Parse = (request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: unknown) => void) => void

/**
 * Takes bodies as JSON in UTF-8 and as nothing else: a body in another encoding that happens to parse would mean
 * something that its sender did not say. An empty body is no body, whatever its content type is: many clients name one with
 * every request.
 */
export function parseJsonBodies(app: FastifyInstance, bodies: Bodies): void {
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('error', 'error')
  takeTexts(app, 'application/json', bodies, parseJson)
  // Every other content type, and a body without one. An unknown path is answered with 404 all the same.
  app.addContentTypeParser('*', (request, payload, done) => {
    if (request.is404) return done(null)
    const refuse = () => done(refused('The body must be application/json'))
    if (Number(request.headers['content-length']) > 0) return refuse()
    // A body of unknown length: its first byte, or its end, tells whether there is one.
    const ignore = () => {
      payload.off('data', onBody).off('error', onBody).off('end', onEnd)
    }
    const onBody = () => {
      ignore()
      refuse()
    }
    const onEnd = () => {
      ignore()
      done(null, undefined)
    }
    payload.on('data', onBody).on('error', onBody).on('end', onEnd)
  })
}

/**
 * An `onRequest` hook of operations that take JSON or nothing. A request without a body may name any content type, even a
 * malformed one, which the framework would refuse.
 */
export const ignoreTypeOfNoBody: onRequestHookHandler = (request, reply, done) => {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.raw.headers
  if (encoding === undefined && Number(length ?? 0) === 0) hideContentType.call(request.server, request, reply, done)
  else done()
}

/** A `preValidation` hook of operations whose body is required. */
export const needBody: preValidationHookHandler = (request, _reply, done) => {
  done(request.body === undefined ? refused('The request needs a body of application/json') : undefined)
}

/** A `preValidation` hook of operations whose body is optional, with optional members: no body means none of them. */
export const noBodyIsNoMembers: preValidationHookHandler = (request, _reply, done) => {
  request.body ??= {}
  done()
}

function isCompressed({ raw }: FastifyRequest): boolean {
  const encoding = raw.headers['content-encoding']
  return encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity'
}

const compressed = (): Refusal => refused('The body must not be compressed')

/** Making a decoder costs more than decoding a small body. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

type TakeText = (request: FastifyRequest, text: string, done: (error: Error | null, body?: unknown) => void) => void

/** Takes bodies of a content type as text in UTF-8. */
function takeTexts(app: FastifyInstance, contentType: string, bodies: Bodies, take: TakeText): void {
  const parse: Parse = (request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) return done(refused('The body must be JSON in UTF-8'))
    if (isCompressed(request)) return done(compressed())
    let text: string
    try {
      text = utf8.decode(body)
    } catch {
      return done(refused('The body must be JSON in UTF-8'))
    }
    return take(request, text, done)
  }
  app.addContentTypeParser(contentType, (request, payload, done) =>
    bodies.read(request, payload, (error, body) => (error === null ? parse(request, body, done) : done(error))),
  )
}

/**
 * Whether the request is a CloudEvent in binary form, whose body is its data and not a publication in JSON. An event in
 * structured form may repeat its attributes as headers (HTTP protocol binding, 3.2.2).
 */
export function isBinaryEvent({ raw }: FastifyRequest): boolean {
  const isStructured = /^\s*application\/cloudevents/i.test(raw.headers['content-type'] ?? '')
  return raw.headers['ce-specversion'] !== undefined && !isStructured
}

/** Takes JSON in this context and its children, and keeps its text beside the parsed value. */
export function keepTexts(app: FastifyInstance, bodies: Bodies): void {
  app.decorateRequest('bodyText', '')
  app.removeContentTypeParser('application/json')
  // The value is only looked at, so that a member of any name may be passed on.
  const parseJson = app.getDefaultJsonParser('ignore', 'ignore')
  takeTexts(app, 'application/json', bodies, (request, text, done) => {
    request.bodyText = text
    parseJson(request, text, done)
  })
}

/**
 * Takes publications in this context and its children: JSON, whose text is kept beside the parsed value, and CloudEvents in
 * both forms, which are not parsed here. The contract's schema is applied to JSON alone.
 */
export function takePublications(app: FastifyInstance, bodies: Bodies): void {
  keepTexts(app, bodies)
  app.removeContentTypeParser('*')
  takeTexts(app, 'application/cloudevents+json', bodies, (_request, text, done) => done(null, text))
  app.addContentTypeParser('*', (request, payload, done) => {
    if (isBinaryEvent(request)) return isCompressed(request) ? done(compressed()) : bodies.read(request, payload, done)
    done(refused(`The body must be ${publicationTypes}, or a CloudEvent in binary form`))
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The JSON of a publication as it was sent. */
    bodyText: string
  }
}

/** Hides the content type of the data of a CloudEvent, so that the data is not taken for a publication. */
export const hideTypeOfEvent: onRequestHookHandler = (request, reply, done) => {
  if (isBinaryEvent(request)) hideContentType.call(request.server, request, reply, done)
  else ignoreTypeOfNoBody.call(request.server, request, reply, done)
}

/** A `preValidation` hook of operations that take publications. The data of a CloudEvent may be empty. */
export const needPublication: preValidationHookHandler = (request, _reply, done) => {
  if (isBinaryEvent(request)) {
    request.body ??= Buffer.alloc(0)
  }
  done(request.body === undefined ? refused(`The request needs a body of ${publicationTypes}`) : undefined)
}

/** Takes bodies as bytes, without parsing them, in this context and its children. */
export function takeAnyBodies(app: FastifyInstance, bodies: Bodies): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => bodies.read(request, payload, done))
}

/**
 * An `onRequest` hook that hides the content type from the framework, which would refuse a malformed one. The raw request
 * still has it.
 */
export const hideContentType: onRequestHookHandler = (request, _reply, done) => {
  request.headers = { 'content-type': undefined }
  done()
}
