import { exec } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** The place that tokens come from. */
export type TokenOrigin =
  | { readonly kind: 'fixed'; readonly token: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string }

/** A command that asks an issuer gives up within this time. */
const commandMs = 60_000

/** The token in use, and the next one when the service refuses it. */
export class Tokens {
  readonly #obtain: () => Promise<string | null>
  #token: string | null = null
  #obtaining: Promise<string | null> | null = null

  constructor(origin: TokenOrigin) {
    this.#obtain = obtainingFrom(origin)
  }

  /**
   * Returns the token; null when there is no other than those refused. Rejects when the file or the command has none, which
   * may pass. The file is read, and the command runs, once for all who ask meanwhile: a command may use up a refresh token.
   */
  async current(): Promise<string | null> {
    if (this.#token !== null) return this.#token
    this.#obtaining ??= this.#obtain().finally(() => {
      this.#obtaining = null
    })
    this.#token = await this.#obtaining
    return this.#token
  }

  /** Returns the token that replaces a refused one: it is replaced once, whoever learns of the refusal first. */
  replace(refused: string | null): Promise<string | null> {
    if (this.#token === refused) this.#token = null
    return this.current()
  }
}

function obtainingFrom(origin: TokenOrigin): () => Promise<string | null> {
  switch (origin.kind) {
    case 'fixed': {
      let left: string | null = origin.token
      return async () => {
        const token = left
        left = null
        return token
      }
    }
    case 'file':
      return async () => nonEmpty(await readFile(origin.path, 'utf8'), origin.path)
    case 'command':
      return async () => {
        // The command may name secrets, which an error of Node would repeat in the log.
        const { stdout } = await promisify(exec)(origin.command, { timeout: commandMs }).catch(() => {
          throw new Error('the command for tokens has failed')
        })
        return nonEmpty(stdout, 'the command for tokens')
      }
    default:
      return origin satisfies never
  }
}

/** A file is empty for a moment while it is written. */
function nonEmpty(text: string, origin: string): string {
  const token = text.trim()
  if (token === '') throw new Error(`there is no token from ${origin}`)
  return token
}
