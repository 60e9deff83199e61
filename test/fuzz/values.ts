import fc from 'fast-check'
import type { Document, Schema } from '../../src/contract/document.ts'

/** Texts that programs stumble over. None of them is a valid value of most members. */
const oddTexts = [
  '',
  ' ',
  '\0',
  '\u0000a',
  'a\r\nX-Injected: 1',
  '\ud800',
  '\u202e',
  '../../etc/passwd',
  '%00',
  '__proto__',
  'constructor',
  "'; drop table sessions; --",
  '{"$ref":"#"}',
  'NaN',
  'Infinity',
  '-0',
  '0x10',
  '1e309',
  '9'.repeat(400),
  'x'.repeat(513),
  '😀'.repeat(300),
]

/** Values of the wrong type, or of a size that nobody expects. */
const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  [],
  {},
  [[[[[[[[]]]]]]]],
  { a: { b: { c: {} } } },
  Array.from({ length: 101 }, (_, i) => String(i)),
  ...oddTexts,
]

export const oddText = fc.constantFrom(...oddTexts)
export const oddValue = fc.constantFrom(...oddValues)

/** Values that the schema allows. Formats and patterns that the contract does not use are not known here. */
export function valuesOf(document: Document, schema: Schema): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') {
    const [, , kind = '', name = ''] = schema.$ref.split('/')
    return valuesOf(document, document.components[kind]?.[name] as Schema)
  }
  for (const choice of ['oneOf', 'anyOf'] as const) {
    const choices = schema[choice] as Schema[] | undefined
    if (choices) return fc.oneof(...choices.map((one) => valuesOf(document, { ...without(schema, choice), ...one })))
  }
  if ('const' in schema) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  const types = Array.isArray(schema.type) ? (schema.type as string[]) : [schema.type as string | undefined]
  return fc.oneof(...types.map((type) => valueOfType(document, type, schema)))
}

function valueOfType(document: Document, type: string | undefined, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: (schema.minimum as number) ?? 0, max: (schema.maximum as number) ?? 1_000 })
    case 'number':
      return fc.integer({ min: (schema.minimum as number) ?? 0, max: (schema.maximum as number) ?? 1_000 })
    case 'array':
      return fc.array(valuesOf(document, (schema.items as Schema) ?? {}), {
        minLength: (schema.minItems as number) ?? 0,
        maxLength: Math.min((schema.maxItems as number) ?? 5, 5),
      })
    case 'object':
      return objectOf(document, schema)
    case 'string':
      return fc.oneof({ weight: 4, arbitrary: textOf(schema) }, ...examplesOf(schema))
    default:
      return fc.jsonValue()
  }
}

function objectOf(document: Document, schema: Schema): fc.Arbitrary<object> {
  const members = Object.entries((schema.properties as Record<string, Schema> | undefined) ?? {})
  const required = (schema.required as string[] | undefined) ?? []
  return fc.record(Object.fromEntries(members.map(([name, member]) => [name, valuesOf(document, member)])), {
    requiredKeys: required,
  })
}

/** An example is often the only value with a meaning, such as the name of a queue or a date with a time. */
function examplesOf({ examples, example }: Schema): fc.Arbitrary<string>[] {
  const texts = [...((examples as unknown[] | undefined) ?? []), example].filter((one) => typeof one === 'string')
  return texts.length === 0 ? [] : [fc.constantFrom(...texts)]
}

function textOf(schema: Schema): fc.Arbitrary<string> {
  if (schema.format === 'uuid') return fc.uuid()
  if (schema.format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  const minLength = (schema.minLength as number) ?? 0
  return fc.string({ minLength, maxLength: Math.max(minLength, Math.min((schema.maxLength as number) ?? 40, 40)) })
}

function without(schema: Schema, member: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== member))
}
