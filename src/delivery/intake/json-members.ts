/**
 * Arrays and objects within each other, at most. No sender of notifications nests so deeply, and what is deeper could end
 * a recursive reader.
 */
const maxDepth = 100

/** The members of a JSON object, each with its text as it was sent. */
export type Members =
  | {
      readonly kind: 'object'
      readonly value: Record<string, unknown>
      readonly textOf: (name: string) => string | null
    }
  /** A JSON value that is no object, or a text that is no JSON. */
  | { readonly kind: 'none' }
  /** JSON that could be read in two ways, or not at all. */
  | { readonly kind: 'ambiguous'; readonly reason: string }

/**
 * Reads the text of a JSON object. An object with a duplicate member is ambiguous, wherever it stands: two readers could
 * take it for notifications to two clients. The text of a member is given without white space, and else unchanged, since
 * numbers and escapes may have forms that do not survive parsing.
 */
export function readMembers(text: string): Members {
  // The scan bounds the depth before anything recursive sees the text.
  const scanned = scan(text)
  if (scanned === 'too deep') return { kind: 'ambiguous', reason: 'the body is nested too deeply' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'none' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'none' }
  if (scanned === 'duplicate') return { kind: 'ambiguous', reason: 'the body has a member twice' }
  return {
    kind: 'object',
    value: value as Record<string, unknown>,
    textOf(name) {
      const span = scanned.get(name)
      return span === undefined ? null : compact(text.slice(span.start, span.end))
    },
  }
}

interface Span {
  readonly start: number
  readonly end: number
}

/** The names of an open object; null for an open array. */
type Open = Set<string> | null

/**
 * Walks through the text once, without recursion, and returns where the values of the outermost object stand. The result
 * means something only if the text is JSON, which the caller finds out by parsing it.
 */
function scan(text: string): Map<string, Span> | 'too deep' | 'duplicate' {
  const spans = new Map<string, Span>()
  const open: Open[] = []
  let isDuplicate = false
  let name: string | null = null
  let start = 0
  const endOfValue = (end: number) => {
    if (open.length === 1 && open[0] && name !== null) spans.set(name, { start, end })
    if (open.length === 1) name = null
  }
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at)
        const names = open.at(-1)
        if (names && isName(text, end)) {
          const found = parsed(text.slice(at, end))
          if (names.has(found)) isDuplicate = true
          names.add(found)
          if (open.length === 1) {
            name = found
            start = text.indexOf(':', end) + 1
          }
        }
        at = end - 1
        break
      }
      case '{':
      case '[':
        if (open.length === maxDepth) return 'too deep'
        open.push(text[at] === '{' ? new Set() : null)
        break
      case '}':
      case ']':
        endOfValue(at)
        open.pop()
        break
      case ',':
        endOfValue(at)
        break
    }
  }
  return isDuplicate ? 'duplicate' : spans
}

/**
 * Returns the texts of the elements of an array that is a member of the outermost object, without white space around them.
 * The text must be JSON. If the member occurs twice, the elements of both are returned.
 */
export function elementsOf(text: string, member: string): readonly string[] {
  const elements: string[] = []
  let depth = 0
  let isIn = false
  let start = 0
  const endOfElement = (end: number) => {
    if (depth !== 2) return
    const element = text.slice(start, end).trim()
    if (isIn && element !== '') elements.push(element)
    start = end + 1
  }
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at)
        if (depth === 1 && isName(text, end)) isIn = parsed(text.slice(at, end)) === member
        at = end - 1
        break
      }
      case '{':
      case '[':
        depth += 1
        if (depth === 2) start = at + 1
        break
      case '}':
      case ']':
        endOfElement(at)
        depth -= 1
        break
      case ',':
        endOfElement(at)
        break
    }
  }
  return elements
}

/** Returns the place behind the closing quote. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i += 1
    else if (text[i] === '"') return i + 1
  }
  return text.length
}

function isName(text: string, end: number): boolean {
  let at = end
  while (isBlank(text[at])) at += 1
  return text[at] === ':'
}

/** Two spellings of one name are one name. */
function parsed(literal: string): string {
  try {
    return String(JSON.parse(literal))
  } catch {
    return literal
  }
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t'
}

/** Removes the white space between tokens. */
export function compact(json: string): string {
  let text = ''
  let from = 0
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '"') {
      at = endOfString(json, at) - 1
    } else if (isBlank(json[at])) {
      text += json.slice(from, at)
      from = at + 1
    }
  }
  return text + json.slice(from)
}
