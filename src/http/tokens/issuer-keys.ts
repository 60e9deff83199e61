import { Refusal } from '../../delivery/refusal.ts'
import { type KeySet, keyName, readKeySet } from './key-set.ts'
import { fetchKeySet } from './key-set-fetch.ts'
import { UnknownKids } from './unknown-kids.ts'

/** The part of a pino logger that is used here. */
export interface KeyLog {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
}

export interface IssuerKeysOptions {
  /** Where the keys are. Tokens have no say in that. */
  readonly jwksUrl: string
  readonly log: KeyLog
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How long one fetch may take, in all. */
  readonly deadlineMs?: number
  /** How far apart fetches for unknown kids are, and fetches that failed. */
  readonly coolDownMs?: number
  /** How long the last good keys are used while the issuer does not answer. */
  readonly keepMs?: number
}

/** The keys of the configured issuer, fetched whole, in one request at a time. */
export interface IssuerKeys {
  /** The key for tokens signed with `alg` by `kid`, as PEM; undefined when it is not known at this moment. */
  get(alg: string, kid: string): string | undefined
  /**
   * Fetches the keys if that may bring an unknown one to light, and resolves when it is worth to `get` it again.
   * Rejects with `ERROR_KEYS_UNAVAILABLE` when there is no key at all.
   */
  lookFor(alg: string, kid: string): Promise<void>
  /** Fetches now, or joins the fetch under way; resolves to whether it brought keys, and never rejects. */
  refresh(): Promise<boolean>
  /** Fetches in the background when the keys are older than ten minutes. Cheap enough for every request. */
  refreshIfDue(nowMs: number): void
  /** Whether any key is known: without one, no token can be judged. */
  readonly known: boolean
  /** Counts up when a key has vanished or changed: what was verified before may no longer be good. */
  readonly generation: number
  /** Ends the fetch under way and allows no other. */
  close(): Promise<void>
}

/** A key that its issuer has withdrawn is not used for much longer than this. */
const freshMs = 10 * 60_000
/** Without any key every request waits for a fetch; when those fail at once, they are still this far apart. */
const retryMs = 1_000

/** How much of a kid goes into the log: it comes from a token that nobody has vouched for. */
const loggedKid = 64

export function issuerKeys({
  jwksUrl,
  log,
  now = Date.now,
  deadlineMs = 5_000,
  coolDownMs = 30_000,
  keepMs = 24 * 60 * 60_000,
}: IssuerKeysOptions): IssuerKeys {
  const url = new URL(jwksUrl)
  const unknown = new UnknownKids(now)
  const closing = new AbortController()
  let keys: KeySet | undefined
  let generation = 0
  let inFlight: Promise<boolean> | undefined
  let lastFailure: unknown
  let dueAtMs = Infinity
  let goodAtMs = -Infinity
  let triedAtMs = -Infinity
  let lookedAtMs = -Infinity

  /** A clock that was set back counts as passed: rather one fetch too many than none for an hour. */
  const hasPassed = (sinceMs: number, spanMs: number) => now() < sinceMs || now() - sinceMs >= spanMs

  const replaceKeys = (next: KeySet | undefined) => {
    for (const [name, pem] of keys ?? []) {
      if (next?.get(name) === pem) continue
      generation++
      break
    }
    keys = next
  }

  const load = async (): Promise<boolean> => {
    triedAtMs = now()
    try {
      const next = await readKeySet(await fetchKeySet(url, { deadlineMs, stop: closing.signal }), url)
      goodAtMs = now()
      dueAtMs = goodAtMs + freshMs
      replaceKeys(next)
      return true
    } catch (err) {
      lastFailure = err
      if (closing.signal.aborted) return false
      if (keys !== undefined && hasPassed(goodAtMs, keepMs)) replaceKeys(undefined)
      dueAtMs = keys === undefined ? Infinity : now() + coolDownMs
      log.warn({ err, keysLeft: keys?.size ?? 0 }, "the issuer's keys could not be fetched")
      return false
    }
  }

  const refresh = () => {
    inFlight ??= load().finally(() => {
      inFlight = undefined
    })
    return inFlight
  }

  /** A fetch for this key alone, or undefined when it is not the time for one. */
  const refreshFor = (alg: string, kid: string): Promise<boolean> | undefined => {
    const name = keyName(alg, kid)
    if (keys === undefined) {
      if (!hasPassed(triedAtMs, retryMs)) return undefined
    } else {
      if (unknown.has(name) || !hasPassed(lookedAtMs, coolDownMs)) return undefined
      lookedAtMs = now()
      log.info({ alg, kid: kid.slice(0, loggedKid) }, 'a token names a key that is not known; fetching the keys')
    }
    return refresh().then((fetched) => {
      // Only a fetch that began after the kid was seen can say that there is no such key.
      if (fetched && !keys?.has(name)) unknown.add(name)
      return fetched
    })
  }

  return {
    get: (alg, kid) => keys?.get(keyName(alg, kid)),
    async lookFor(alg, kid) {
      // A fetch under way may have begun before the key was published, so a second round follows the one it joins.
      for (let round = 0; round < 2 && !keys?.has(keyName(alg, kid)); round++) {
        const fetching = inFlight ?? refreshFor(alg, kid)
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
    get generation() {
      return generation
    },
    async close() {
      closing.abort()
      await inFlight
    },
  }
}
