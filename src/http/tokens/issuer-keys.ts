import type { Log } from '../../delivery/ports.ts'
import { RecentKeys } from '../../delivery/recent-keys.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { type KeySet, nameOf, readKeySet } from './key-set.ts'
import { fetchKeySet } from './key-set-fetch.ts'

export interface IssuerKeysOptions {
  /** Where the keys are, used as it is given. Tokens have no say in it. */
  readonly jwksUrl: string
  readonly log: Pick<Log, 'info' | 'warn'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How long one fetch may take, in all. */
  readonly deadlineMs?: number
  /** The time between two fetches for unknown kids, between two for bad signatures, and after a fetch that failed. */
  readonly coolDownMs?: number
  /** How long the last good keys are used while the issuer does not answer. */
  readonly keepMs?: number
}

/** The header of a token, as far as it tells which key has signed it. */
export interface KeyHint {
  readonly alg: string
  readonly kid: string | null
}

/** The keys of the configured issuer, fetched whole, in one request at a time. */
export interface IssuerKeys {
  /** Returns the keys, as PEM, that may have signed the token; none when there is none at this moment. */
  find(hint: KeyHint): readonly string[]
  /**
   * Fetches the keys if that may bring a key to light that is not among those tried, and resolves when it is worth to
   * `find` again. Rejects with `ERROR_KEYS_UNAVAILABLE` when there is no key at all.
   */
  lookFor(hint: KeyHint, tried: readonly string[]): Promise<void>
  /** Fetches now, or joins the fetch under way; resolves to whether the fetch brought keys, and never rejects. */
  refresh(): Promise<boolean>
  /** Fetches in the background when the keys are older than ten minutes. Cheap enough for every request. */
  refreshIfDue(nowMs: number): void
  /** Whether any key is known: without one, no token can be judged. */
  readonly known: boolean
  /** Counts up when a key has vanished or changed: tokens verified before may no longer be good. */
  readonly generation: number
  /** Fetches that are over, for the metrics to read. */
  readonly fetches: { readonly succeeded: number; readonly failed: number }
  /** When the keys were last fetched, in milliseconds since 1970; null when they never were. */
  readonly fetchedAtMs: number | null
  /** Ends the fetch under way and allows no other. */
  close(): Promise<void>
}

/** A key that its issuer has withdrawn is not used for much longer than this. */
const freshMs = 10 * 60_000
/** Without any key every request waits for a fetch; when those fail at once, they are still this far apart. */
const retryMs = 1_000

/** How long a kid that the issuer did not have causes no other fetch; a client may go on with its bad token for hours. */
const unknownMs = 5 * 60_000
/** Kids are free to invent: past this many the oldest is forgotten, and the cool-down alone bounds the fetches. */
const maxUnknown = 1_000

/** How much of a kid goes into the log: it may come from a token that nobody has vouched for. */
const maxLoggedKid = 64
/** How many keys that are not used go into the log. */
const maxLoggedKeys = 10

export function issuerKeys({
  jwksUrl,
  log,
  now = Date.now,
  deadlineMs = 5_000,
  coolDownMs = 30_000,
  keepMs = 24 * 60 * 60_000,
}: IssuerKeysOptions): IssuerKeys {
  if (!URL.canParse(jwksUrl)) throw new Error('the URL of the issuer’s keys is not a URL')
  /** The names of keys that the issuer was asked for and did not have. */
  const unknown = new RecentKeys({ maxKeys: maxUnknown, maxAgeMs: unknownMs, now })
  const closing = new AbortController()
  const fetches = { succeeded: 0, failed: 0 }
  let keys: KeySet | undefined
  let generation = 0
  let inFlight: Promise<boolean> | undefined
  let lastFailure: unknown
  let dueAtMs = Infinity
  let goodAtMs = -Infinity
  let triedAtMs = -Infinity
  /** When keys were last fetched for a kid that was not listed, and when for a signature that no key listed has made. */
  let unknownAtMs = -Infinity
  let doubtedAtMs = -Infinity
  let toldOfIgnored = '[]'

  /** A clock that was set back counts as passed: rather one fetch too many than none for an hour. */
  const hasPassed = (sinceMs: number, spanMs: number) => now() < sinceMs || now() - sinceMs >= spanMs

  const replaceKeys = (next: KeySet | undefined) => {
    if (keys !== undefined && !(next !== undefined && keys.isWithin(next))) generation++
    keys = next
  }

  /** Tells once which keys are listed and not used: their tokens are refused, and nothing else says why. */
  const tellOfIgnored = ({ ignored }: KeySet) => {
    const told = ignored
      .slice(0, maxLoggedKeys)
      .map(({ kid, reason }) => ({ kid: kid === null ? null : String(kid).slice(0, maxLoggedKid), reason }))
    const text = JSON.stringify(told)
    if (text === toldOfIgnored) return
    toldOfIgnored = text
    if (told.length > 0) log.info({ ignored: told }, 'the issuer lists keys that are not used here')
  }

  const load = async (): Promise<boolean> => {
    triedAtMs = now()
    try {
      const next = await readKeySet(await fetchKeySet(jwksUrl, { deadlineMs, stop: closing.signal }))
      goodAtMs = now()
      fetches.succeeded += 1
      dueAtMs = goodAtMs + freshMs
      replaceKeys(next)
      tellOfIgnored(next)
      return true
    } catch (err) {
      lastFailure = err
      if (closing.signal.aborted) return false
      fetches.failed += 1
      if (keys !== undefined && hasPassed(goodAtMs, keepMs)) replaceKeys(undefined)
      dueAtMs = keys === undefined ? Infinity : now() + coolDownMs
      log.warn({ err, keysKept: keys !== undefined }, "the issuer's keys could not be fetched")
      return false
    }
  }

  const refresh = () => {
    inFlight ??= load().finally(() => {
      inFlight = undefined
    })
    return inFlight
  }

  const find = ({ alg, kid }: KeyHint): readonly string[] => keys?.find(alg, kid) ?? []
  const hasNews = (hint: KeyHint, tried: readonly string[]) => find(hint).some((pem) => !tried.includes(pem))

  /** A fetch for a token that names a key which is not listed; undefined when it is not the time for one. */
  const refreshForUnknown = ({ alg, kid }: KeyHint): Promise<boolean> | undefined => {
    const name = nameOf(alg, kid ?? '')
    if (unknown.has(name) || !hasPassed(unknownAtMs, coolDownMs)) return undefined
    unknownAtMs = now()
    const shownKid = kid === null ? null : kid.slice(0, maxLoggedKid)
    log.info({ alg, kid: shownKid }, 'a token names a key that is not known; fetching the keys')
    return refresh().then((fetched) => {
      // Only a fetch that began after the kid was seen can say that there is no such key.
      if (fetched && find({ alg, kid }).length === 0) unknown.add(name)
      return fetched
    })
  }

  /** A fetch for a token that the listed keys have not signed: its issuer may have replaced a key under the same kid. */
  const refreshForDoubted = (): Promise<boolean> | undefined => {
    if (!hasPassed(doubtedAtMs, coolDownMs)) return undefined
    doubtedAtMs = now()
    return refresh()
  }

  const refreshFor = (hint: KeyHint, tried: readonly string[]): Promise<boolean> | undefined => {
    if (keys === undefined) return hasPassed(triedAtMs, retryMs) ? refresh() : undefined
    return tried.length === 0 ? refreshForUnknown(hint) : refreshForDoubted()
  }

  return {
    find,
    async lookFor(hint, tried) {
      // A fetch under way may have begun before the key was published, so a second round follows the one it joins.
      for (let round = 0; round < 2 && !hasNews(hint, tried); round++) {
        const fetching = inFlight ?? refreshFor(hint, tried)
        if (fetching === undefined) break
        if (!(await fetching)) break
      }
      if (keys === undefined) throw new Refusal('ERROR_KEYS_UNAVAILABLE', { cause: lastFailure })
    },
    refresh,
    refreshIfDue(nowMs) {
      if (nowMs >= dueAtMs && inFlight === undefined && !closing.signal.aborted) void refresh()
    },
    get known() {
      return keys !== undefined
    },
    fetches,
    get fetchedAtMs() {
      return Number.isFinite(goodAtMs) ? goodAtMs : null
    },
    get generation() {
      return generation
    },
    async close() {
      closing.abort()
      await inFlight
    },
  }
}
