/**
 * Arrays and objects within each other, at most. No sender of notifications nests so deeply, and what is deeper could end
 * a recursive reader.
 */
const maxDepth = 100

/** JSON that could be read in two ways, or not at all. */
interface Ambiguous {
  readonly kind: 'ambiguous'
  readonly reason: string
}

type TextOf = (name: string) => string | null

/** The members of a JSON object, each with its text as it was sent. */
export type Members =
  | { readonly kind: 'object'; readonly value: Record<string, unknown>; readonly textOf: TextOf }
  /** A JSON value that is no object, or a text that is no JSON. */
  | { readonly kind: 'none' }
  | Ambiguous

/** The texts of the members of a JSON object. */
export type MemberTexts = { readonly kind: 'object'; readonly textOf: TextOf } | Ambiguous

/**
 * Reads the text of a JSON object. An object with a duplicate member is ambiguous, wherever it stands: two readers could
 * take it for notifications to two clients. The text of a member is given without white space, and else unchanged, since
 * numbers and escapes may have forms that do not survive parsing.
 */
export function readMembers(text: string): Members {
  // The scan bounds the depth before anything recursive sees the text.
  const scanned = scan(text)
  if (scanned === 'too deep') return ambiguous(scanned)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'none' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'none' }
  if (scanned === 'duplicate') return ambiguous(scanned)
  return { kind: 'object', value: value as Record<string, unknown>, textOf: textsAt(text, scanned) }
}

/** Reads the members of a text that has been parsed already, and is a JSON object. */
export function readMemberTexts(text: string): MemberTexts {
  const scanned = scan(text)
  return typeof scanned === 'string' ? ambiguous(scanned) : { kind: 'object', textOf: textsAt(text, scanned) }
}

function ambiguous(scanned: 'too deep' | 'duplicate'): Ambiguous {
  const reason = scanned === 'duplicate' ? 'the body has a member twice' : 'the body is nested too deeply'
  return { kind: 'ambiguous', reason }
}

function textsAt(text: string, spans: ReadonlyMap<string, Span>): TextOf {
  return (name) => {
    const span = spans.get(name)
    return span === undefined ? null : compact(text.slice(span.start, span.end))
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
 * The text must be JSON. Returns null if the member occurs twice.
 */
export function elementsOf(text: string, member: string): readonly string[] | null {
  const elements: string[] = []
  let isFound = false
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
        if (depth === 1 && isName(text, end)) {
          isIn = parsed(text.slice(at, end)) === member
          if (isIn && isFound) return null
          isFound ||= isIn
        }
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

/** Returns the place behind the closing quote. Searches for quotes, since bodies are long and have few. */
function endOfString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    // A quote behind an odd number of backslashes belongs to the string.
    let from = quote
    while (from - 1 > at && text[from - 1] === '\\') from -= 1
    if ((quote - from) % 2 === 0) return quote + 1
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
  if (!literal.includes('\\')) return literal.slice(1, -1)
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
