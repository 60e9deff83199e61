import { RegisterTaskDefinitionRequest$ } from '@aws-sdk/client-ecs'

/** A schema of the SDK: a number for a plain value, else a list that begins with its kind. */
type Schema = unknown

const [listKind, mapKind, structureKind] = [1, 2, 3]
/** The numbers of plain values, with what JSON has for them. */
const plain: Readonly<Record<number, string>> = { 0: 'string', 1: 'number', 2: 'boolean' }

/** Returns the faults of a task definition by the schema of the SDK: unknown members, and values of a wrong type. */
export function taskDefinitionFaults(definition: unknown): readonly string[] {
  return [...faultsIn(definition, RegisterTaskDefinitionRequest$, 'task definition')]
}

function* faultsIn(value: unknown, given: Schema, path: string): Generator<string> {
  const schema = resolved(given)
  if (typeof schema === 'number') {
    const [type] = [plain[schema & 0b1111]]
    // Bits above tell of a list or a map of plain values.
    if (schema & 0b1000000) {
      for (const [index, item] of (Array.isArray(value) ? value : [value]).entries())
        yield* faultsIn(item, schema & ~0b1000000, `${path}[${index}]`)
    } else if (schema & 0b10000000) {
      for (const [name, item] of Object.entries(value as object))
        yield* faultsIn(item, schema & ~0b10000000, `${path}.${name}`)
    } else if (type !== undefined && typeof value !== type) yield `${path}: expected a ${type}`
    return
  }
  if (!Array.isArray(schema)) return
  const [kind] = schema
  if (kind === listKind) {
    if (!Array.isArray(value)) yield `${path}: expected a list`
    else for (const [index, item] of value.entries()) yield* faultsIn(item, schema[4], `${path}[${index}]`)
  } else if (kind === mapKind) {
    for (const [name, item] of Object.entries(value as object)) yield* faultsIn(item, schema[5], `${path}.${name}`)
  } else if (kind === structureKind) {
    const [, , , , names, schemas, required = 0] = schema as [
      number,
      string,
      string,
      unknown,
      string[],
      Schema[],
      number?,
    ]
    if (typeof value !== 'object' || value === null) return yield `${path}: expected an object`
    for (const [name, item] of Object.entries(value)) {
      const at = names.indexOf(name)
      if (at < 0) yield `${path}: there is no member ${name}`
      else yield* faultsIn(item, schemas[at], `${path}.${name}`)
    }
    for (const name of names.slice(0, required)) if (!(name in value)) yield `${path}: the member ${name} is missing`
  }
}

/** A schema may be behind a function, since schemas refer to each other, or beside its traits. */
function resolved(schema: Schema): Schema {
  if (typeof schema === 'function') return resolved(schema())
  return Array.isArray(schema) && schema.length === 2 ? resolved(schema[0]) : schema
}
