/** An issuer has a header for each of its keys, and few keys. */
const maxHeaders = 16
/** Longer headers, such as those with a chain of certificates, are not worth their memory. */
const maxLength = 512

/**
 * The headers of accepted tokens, by their encoded text. Tokens of one key have the same header: it is parsed once, and
 * not for each of ten thousand clients that come at once, which saves one of the two times that a new token is parsed.
 */
export class KnownHeaders<Header> {
  readonly #byText = new Map<string, Header>()

  /** Returns the header of the token if it is known. */
  find(token: string): Header | undefined {
    return this.#byText.get(textOf(token))
  }

  /** Remembers the header of an accepted token. */
  learn(token: string, header: Header): void {
    const text = textOf(token)
    if (text.length > maxLength) return
    if (this.#byText.size >= maxHeaders) this.#byText.clear()
    this.#byText.set(text, header)
  }

  clear(): void {
    this.#byText.clear()
  }
}

function textOf(token: string): string {
  return token.slice(0, token.indexOf('.') + 1)
}
