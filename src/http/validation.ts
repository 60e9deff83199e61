import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import type { Document } from '../contract/document.ts'
import { Refusal } from '../delivery/refusal.ts'
import { messageOf } from './validation-message.ts'

/** Keywords of OpenAPI that validate nothing. */
const openApiWords = ['example', 'discriminator', 'xml', 'externalDocs']

function newAjv(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    coerceTypes,
    useDefaults: true,
    strict: true,
    // A test holds the contract's schemas to their meta-schema, whose compilation would take longer than theirs.
    validateSchema: false,
    strictTypes: false,
    // Errors carry the value that was sent.
    verbose: true,
    keywords: openApiWords,
  })
  formats.default(ajv)
  return ajv
}

const names: Readonly<Record<string, string>> = { querystring: 'query', params: 'path', headers: 'header' }

interface AnySchema {
  readonly properties?: Readonly<Record<string, { readonly type?: unknown }>>
}

/** JavaScript would take `0x10`, `1e3` and `Infinity` for numbers too. */
const plainNumber = /^-?\d+(\.\d+)?$/

/** A parameter that should be a number. */
interface NumberParameter {
  readonly name: string
  readonly type: 'number' | 'integer'
}

function numbersIn({ properties = {} }: AnySchema): NumberParameter[] {
  return Object.entries(properties).flatMap(([name, { type }]) =>
    type === 'number' || type === 'integer' ? [{ name, type }] : [],
  )
}

/** Returns the error of the first parameter that should be a number and is not written as one; null without. */
function notANumber(numbers: readonly NumberParameter[], value: unknown): ErrorObject | null {
  for (const { name, type } of numbers) {
    const given = (value as Record<string, unknown>)[name]
    if (typeof given !== 'string' || plainNumber.test(given)) continue
    return { keyword: 'type', instancePath: `/${name}`, schemaPath: '', params: { type }, data: given }
  }
  return null
}

/**
 * Compiles the schemas of the contract, which OpenAPI 3.1 writes in JSON Schema 2020-12. Parameters are text and are
 * coerced; bodies are not, and unknown members are refused, not dropped.
 *
 * Each schema is compiled at the first request that it is for, because compiling all of them would be a large part of a
 * start. A test compiles every schema of the contract, so no request meets one that cannot be compiled.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const forText = once(() => newAjv(true))
  const forBodies = once(() => newAjv(false))
  return ({ schema, httpPart = 'body' }) => {
    const isBody = httpPart === 'body'
    const compiled = once(() => (isBody ? forBodies() : forText()).compile(schema))
    const part = names[httpPart] ?? httpPart
    const numbers = isBody ? [] : numbersIn(schema)
    return (value: unknown) => {
      const validate = compiled()
      const wrong = notANumber(numbers, value)
      if (wrong === null && validate(value)) return { value }
      return refused(messageOf(wrong === null ? (validate.errors ?? []) : [wrong], part))
    }
  }
}

/**
 * Returns a check of a value against a schema of the contract, which throws a `Refusal` that names what is wrong. The schema
 * is compiled at the first check.
 */
export function schemaCheck(document: Document, name: string): (value: unknown) => void {
  const compiled = once(() => {
    const ajv = newAjv(false)
    ajv.addKeyword('components')
    return ajv.compile({ $ref: `#/components/schemas/${name}`, components: document.components })
  })
  return (value) => {
    const check = compiled()
    if (!check(value)) throw refused(messageOf(check.errors ?? [], 'body')).error
  }
}

/** Returns a function that makes a value at its first call, and returns the same value at each call. */
function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | null = null
  return () => {
    made ??= make()
    return made
  }
}

function refused(message: string): { readonly error: Refusal } {
  return { error: new Refusal('ERROR_INVALID_ARGUMENT', { message }) }
}
