/** One setting of the environment: what it means, how its text is read, what it is when nobody says. */
export interface Setting<T> {
  /** One line for people, with the unit. */
  readonly about: string
  /** Reads the text, or throws an Error whose message says what is expected. */
  readonly parse: (text: string) => T
  /** The value when it is not set; absent when there is none. */
  readonly fallback: T
  /** How the fallback is described where it is not a plain value. */
  readonly fallbackText?: string
}

/** The type of the value that a setting gives. */
export type ValueOf<S> = S extends Setting<infer T> ? T : never

export function setting<T>(it: Setting<T>): Setting<T> {
  return it
}

/** Any text. */
export function text(value: string): string {
  return value
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < least || number > most) {
      throw new Error(`expected a whole number from ${least} to ${most}`)
    }
    return number
  }
}

/** One of the given words. */
export function oneOf<const W extends string>(...words: W[]): (value: string) => W {
  return (value) => {
    const word = words.find((one) => one === value)
    if (word === undefined) throw new Error(`expected one of ${words.join(', ')}`)
    return word
  }
}

/** `true` or `false`. */
export function yesOrNo(value: string): boolean {
  if (value !== 'true' && value !== 'false') throw new Error('expected true or false')
  return value === 'true'
}

/** An absolute http or https URL, without credentials in it; given back without a trailing slash. */
export function httpUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error('expected an absolute http or https URL')
  }
  if (url.username !== '' || url.password !== '') throw new Error('expected a URL without user and password')
  return value.replace(/\/$/, '')
}

/** A UUID in its usual form; given back in lower case. */
export function uuid(value: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) {
    throw new Error('expected a UUID such as 7f0c9a52-6c1b-4e0e-9b8f-2d1a4c3b5e6f')
  }
  return value.toLowerCase()
}

/** Words separated by commas; blanks around them do not count. */
export function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Origins as browsers name them, separated by commas, or `*`: one that is written otherwise would never be met. */
export function origins(value: string): readonly string[] {
  const parts = list(value)
  for (const part of parts) {
    if (part !== '*' && !/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\sA-Z]+$/.test(part)) {
      throw new Error('expected origins such as https://app.example.org, in lower case and without a slash at the end')
    }
  }
  return parts
}

/** Words separated by commas, each of them one of the given ones. */
export function listOf<const W extends string>(...words: W[]): (value: string) => readonly W[] {
  const one = oneOf(...words)
  return (value) => {
    const parts = list(value)
    if (parts.length === 0) throw new Error(`expected at least one of ${words.join(', ')}`)
    return parts.map(one)
  }
}
