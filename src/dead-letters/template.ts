import type { LetterFacts } from './letter.ts'

/** The names that a template may use, as `{{name}}`. */
export const placeholders = [
  'id',
  'addressee',
  'subject',
  'reason',
  'sentAt',
  'contentType',
  'correlationId',
  'encoding',
  'body',
  'receiveCount',
  'source',
  'messageId',
  'queue',
] as const
type Placeholder = (typeof placeholders)[number]

/** Fills in what is known of a letter. */
export type Template = (facts: LetterFacts, queueUrl: string) => string

/** How a value is written into the text around it. */
type Write = (value: string) => string

/** Writes a value as it is. */
export const asText: Write = (value) => value
/** Writes a value inside the quotes of a JSON string. */
export const asJson: Write = (value) => JSON.stringify(value).slice(1, -1)

/** Returns the template of this text. Throws an `Error` that names a placeholder which does not exist. */
export function template(text: string, write: Write): Template {
  for (const [, name = ''] of text.matchAll(placeholder)) {
    if (!isPlaceholder(name)) {
      throw new Error(`the template has no value for {{${name}}}; there are ${placeholders.join(', ')}`)
    }
  }
  return (facts, queueUrl) =>
    text.replace(placeholder, (_, name: Placeholder) => {
      const value = name === 'queue' ? queueUrl : facts[name]
      return write(value === null ? '' : String(value))
    })
}

const placeholder = /\{\{\s*(\w+)\s*\}\}/g

function isPlaceholder(name: string): name is Placeholder {
  return (placeholders as readonly string[]).includes(name)
}
