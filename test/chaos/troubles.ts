/** Between the beginning or end of something here and its note here, either way. */
const slackMs = 1_000

interface Trouble {
  readonly from: number
  until: number
  /** The instance it is about; null for all. */
  readonly url: string | null
}

/** The subject of a trouble, and how long its end is still felt. */
interface About {
  readonly url?: string | null
  readonly aftermathMs?: number
  /** How long ago it began. */
  readonly sinceMs?: number
}

/** When what went wrong. All times are `performance.now()` of this thread. */
export class Troubles {
  readonly #troubles: Trouble[] = []

  /** Something is going wrong, with one instance or with all, until the answer is called and its aftermath is over. */
  begin({ url = null, aftermathMs = 0, sinceMs = 0 }: About = {}): () => void {
    const from = performance.now() - sinceMs - slackMs
    const trouble: Trouble = { from, until: Number.POSITIVE_INFINITY, url }
    this.#troubles.push(trouble)
    return () => {
      trouble.until = performance.now() + aftermathMs + slackMs
    }
  }

  /** Whether any of it was felt at this instance between these times. */
  felt(from: number, to: number, at: string): boolean {
    return this.#troubles.some(
      (trouble) => trouble.from <= to && trouble.until >= from && (trouble.url === null || trouble.url === at),
    )
  }
}
