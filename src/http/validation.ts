import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import { Refusal } from '../delivery/refusal.ts'
import { messageOf } from './validation-message.ts'

/** Keywords of OpenAPI that validate nothing. */
const openApiWords = ['example', 'discriminator', 'xml', 'externalDocs']

function newAjv(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    coerceTypes,
    useDefaults: true,
    strict: true,
    strictTypes: false,
    // Errors carry the value that was sent.
    verbose: true,
    keywords: openApiWords,
  })
  formats.default(ajv)
  return ajv
}

const names: Readonly<Record<string, string>> = { querystring: 'query', params: 'path', headers: 'header' }

/**
 * Compiles the schemas of the contract, which OpenAPI 3.1 writes in JSON Schema 2020-12. Parameters are text and are
 * coerced; bodies are not, and unknown members are refused, not dropped.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const forText = newAjv(true)
  const forBodies = newAjv(false)
  return ({ schema, httpPart = 'body' }) => {
    const validate = (httpPart === 'body' ? forBodies : forText).compile(schema)
    const part = names[httpPart] ?? httpPart
    return (value: unknown) => {
      if (validate(value)) return { value }
      const message = messageOf(validate.errors ?? [], part)
      return { error: new Refusal('ERROR_INVALID_ARGUMENT', { message }) }
    }
  }
}
