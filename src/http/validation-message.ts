import type { ErrorObject } from 'ajv/dist/2020.js'

/** How much of the request a message quotes, in characters. */
const maxQuotedLength = 100

/** Members that hold what a sender says to a client, or a secret. Neither is quoted anywhere: messages go into logs, too. */
const secretMembers: ReadonlySet<string | undefined> = new Set(['body', 'data', 'endpoint', 'p256dh', 'auth', 'token'])

/** The pattern of the contract for text without control characters, which says nothing to people. */
const noControls = '^[^\\u0000-\\u001f\\u007f-\\u009f]+$'

/**
 * Returns the message of a refusal: the member of the request that is wrong, the rule that it breaks, and the beginning of
 * what was sent. `part` is the part of the request that was validated, such as `body`.
 */
export function messageOf(errors: readonly ErrorObject[], part: string): string {
  const error = clearestOf(errors)
  if (error === undefined) return `${part} is not valid`
  return `${part}${cut(error.instancePath)} ${ruleOf(error)}${sentInstead(error)}`
}

/**
 * Where one of several forms is required, each form has failed with an error of its own. The error at the deepest member is
 * about the form that was meant; where all are about the whole, the last one names the choice.
 */
function clearestOf(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const depth = ({ instancePath }: ErrorObject) => instancePath.split('/').length
  return errors.reduce<ErrorObject | undefined>(
    (best, error) => (best === undefined || depth(error) >= depth(best) ? error : best),
    undefined,
  )
}

function ruleOf({ keyword, params, schema, message }: ErrorObject): string {
  switch (keyword) {
    case 'type':
      return `must be ${[params.type].flat().join(' or ')}`
    case 'enum':
      return `must be one of ${params.allowedValues.map(String).join(', ')}`
    case 'const':
      return `must be ${params.allowedValue}`
    case 'required':
      return `must have the member ${params.missingProperty}`
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `must not have the member ${cut(params.additionalProperty ?? params.unevaluatedProperty)}`
    case 'minLength':
      return `must have at least ${characters(params.limit)}`
    case 'maxLength':
      return `must have at most ${characters(params.limit)}`
    case 'minItems':
      return `must have at least ${params.limit === 1 ? 'one entry' : `${params.limit} entries`}`
    case 'maxItems':
      return `must have at most ${params.limit} entries`
    case 'minimum':
      return `must be at least ${params.limit}`
    case 'maximum':
      return `must be at most ${params.limit}`
    case 'pattern':
      return params.pattern === noControls ? 'must have no control characters' : `must match ${params.pattern}`
    case 'oneOf':
      return choiceOf(schema as Forms)
    default:
      return message ?? 'is not valid'
  }
}

function characters(count: number): string {
  return count === 1 ? 'one character' : `${count} characters`
}

type Forms = readonly { readonly required?: readonly string[] }[]

/** Names the members that each form of a choice requires. */
function choiceOf(forms: Forms): string {
  const members = forms.map(({ required = [] }) => required)
  if (members.every(({ length }) => length <= 1)) {
    return `must have exactly one of the members ${members.flat().join(' and ')}`
  }
  return `must have either the members ${members.map((names) => names.join(' and ')).join(', or ')}`
}

/** The beginning of a value that was sent, or the number of entries of a list; nothing for a whole object. */
function sentInstead({ keyword, instancePath, data }: ErrorObject): string {
  if (keyword === 'required' || secretMembers.has(instancePath.split('/').at(-1))) return ''
  if (Array.isArray(data)) return keyword.endsWith('Items') ? `, and has ${data.length}` : ', and is a list'
  if (typeof data === 'object' && data !== null) return keyword === 'type' ? ', and is an object' : ''
  return `, and is ${cut(JSON.stringify(data))}`
}

function cut(text: string): string {
  if (text.length <= maxQuotedLength) return text
  return `${text.slice(0, maxQuotedLength).toWellFormed()}…`
}
