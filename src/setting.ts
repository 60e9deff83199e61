import { isIP } from 'node:net'

/** A setting of the environment: its meaning, its parser and its default. */
export interface Setting<T> {
  /** One line for operators, with the unit. */
  readonly about: string
  /** Parses the text, or throws an `Error` whose message names the expected form. */
  readonly parse: (text: string) => T
  /** The default. */
  readonly fallback: T
  /** A description of the default, if it is not a plain value. */
  readonly fallbackText?: string
}

/** The type of a setting's value. */
export type ValueOf<S> = S extends Setting<infer T> ? T : never

/** Settings by the names of their variables. */
export type SettingsTable = Readonly<Record<string, Setting<never> | Setting<unknown>>>

export function setting<T>(it: Setting<T>): Setting<T> {
  return it
}

/** Parses any text. */
export function text(value: string): string {
  return value
}

/** Parses a JSON pointer (RFC 6901). */
export function jsonPointer(value: string): string {
  if (!/^(\/([^~/]|~[01])*)+$/.test(value)) throw new Error('expected a JSON pointer such as /detail/addressee')
  return value
}

/** Parses a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`expected a whole number from ${min} to ${max}`)
    }
    return number
  }
}

/** Parses a rate, `burst/perSecond`: how many at once, and how many per second in the long run, such as 100/0.5. */
export function rate(value: string): { readonly burst: number; readonly perSecond: number } {
  const [, burst, perSecond] = /^(\d{1,6})\/(\d{1,6}(?:\.\d{1,3})?)$/.exec(value) ?? []
  if (Number(burst) < 1 || !(Number(perSecond) > 0)) {
    throw new Error('expected a number at once and a number per second, such as 100/50 or 10/0.5')
  }
  return { burst: Number(burst), perSecond: Number(perSecond) }
}

/** Parses one of the given words. */
export function oneOf<const W extends string>(...words: W[]): (value: string) => W {
  return (value) => {
    const word = words.find((allowed) => allowed === value)
    if (word === undefined) throw new Error(`expected one of ${words.join(', ')}`)
    return word
  }
}

/** Parses `true` or `false`. */
export function yesOrNo(value: string): boolean {
  if (value !== 'true' && value !== 'false') throw new Error('expected true or false')
  return value === 'true'
}

/** Parses an absolute http or https URL without credentials; returns it as it was given, to the last slash. */
export function httpUrl(value: string): string {
  const url = /^https?:\/\/[^/\s]/i.test(value) && URL.canParse(value) ? new URL(value) : null
  if (url === null) throw new Error('expected an absolute http or https URL')
  if (url.username !== '' || url.password !== '') throw new Error('expected a URL without user and password')
  if (url.port === '0') throw new Error('expected a URL without port 0, at which nothing listens')
  return value
}

/** Parses an http or https URL that paths are appended to: without query and fragment. Returns it without a last slash. */
export function baseUrl(value: string): string {
  if (/[?#]/.test(httpUrl(value))) throw new Error('expected a URL without a query or a fragment')
  return value.replace(/\/+$/, '')
}

/** Parses a URL at which other machines reach this one, as `baseUrl` does. */
export function reachableUrl(value: string): string {
  const { hostname } = new URL(baseUrl(value))
  if (hostname === '0.0.0.0' || hostname === '[::]') {
    throw new Error(`expected a URL with the address of a machine; ${hostname} only means every address when listening`)
  }
  return baseUrl(value)
}

/** Parses the address of a key set. The address of the discovery document is taken for it by mistake. */
export function keySetUrl(value: string): string {
  if (/\/\.well-known\/(openid-configuration|oauth-authorization-server)\b/.test(httpUrl(value))) {
    throw new Error('expected the URL that this document names as jwks_uri')
  }
  return value
}

/** Parses an address to listen on: an IP address or a host name, without scheme and port. */
export function listenAddress(value: string): string {
  const isName =
    /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/
  if (isIP(value) === 0 && !isName.test(value)) {
    throw new Error('expected an IP address or a host name, without a scheme, a port or brackets')
  }
  return value
}

/** Parses a UUID in its canonical form; returns it in lower case. */
export function uuid(value: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) {
    throw new Error('expected a UUID such as 7f0c9a52-6c1b-4e0e-9b8f-2d1a4c3b5e6f')
  }
  return value.toLowerCase()
}

/** Parses words separated by commas, ignoring blanks around them. */
export function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Parses one word or more, separated by commas. Commas alone would read as none, which may mean that nothing is checked. */
export function words(value: string): readonly string[] {
  const parts = list(value)
  if (parts.length === 0) throw new Error('expected at least one word')
  return parts
}

/** Parses a single word without blanks. */
export function word(value: string): string {
  if (/[\s,]/.test(value)) throw new Error('expected one word, without blanks and commas')
  return value
}

/** Parses origins separated by commas, or `*`. Any other spelling would never match the `Origin` of a browser. */
export function origins(value: string): readonly string[] {
  const parts = words(value)
  for (const part of parts) {
    if (part === '*') continue
    if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\sA-Z]+$/.test(part)) {
      throw new Error('expected origins such as https://app.example.org, in lower case and without a slash at the end')
    }
    if (part.includes('*')) throw new Error('expected whole origins: a * within an origin is not supported')
    if (!/^https?:/.test(part)) continue
    const { origin } = URL.canParse(part) ? new URL(part) : { origin: null }
    if (origin === null) throw new Error('expected origins with a host and perhaps a port')
    if (origin !== part) throw new Error(`expected origins as browsers write them: ${origin} instead of ${part}`)
  }
  return parts
}

/** Parses words separated by commas, each of them one of the given words. */
export function listOf<const W extends string>(...words: W[]): (value: string) => readonly W[] {
  const parse = oneOf(...words)
  return (value) => {
    const parts = list(value)
    if (parts.length === 0) throw new Error(`expected at least one of ${words.join(', ')}`)
    return parts.map(parse)
  }
}
