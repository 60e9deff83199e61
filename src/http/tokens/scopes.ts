export interface ScopeRules {
  /** The claims that scopes are read from. */
  readonly claims: readonly string[]
  /** The only resource server whose scopes count; null when those of every resource server do. */
  readonly prefix: string | null
}

const noScopes: ReadonlySet<string> = new Set()

/**
 * Returns the scopes that a token grants here: from every claim that the rules name, as text separated by blanks
 * (RFC 8693) or as a list of strings. A claim of any other shape grants nothing.
 */
export function scopesOf(payload: Readonly<Record<string, unknown>>, rules: ScopeRules): ReadonlySet<string> {
  const granted = new Set<string>()
  for (const claim of rules.claims) {
    if (!Object.hasOwn(payload, claim)) continue
    for (const scope of wordsOf(payload[claim])) {
      const name = nameOf(scope, rules.prefix)
      if (name !== null) granted.add(name)
    }
  }
  return granted.size === 0 ? noScopes : granted
}

/** The scopes of this service. Those of other services are none of its business. */
const ownScopes: ReadonlySet<string> = new Set(['notifications:publish', 'sessions:read'])

/** Yields the resource server in front of each scope of this service that the token has. */
export function* serversOf(
  payload: Readonly<Record<string, unknown>>,
  { claims }: Pick<ScopeRules, 'claims'>,
): Generator<string, void, undefined> {
  for (const claim of claims) {
    if (!Object.hasOwn(payload, claim)) continue
    for (const scope of wordsOf(payload[claim])) {
      const end = scope.lastIndexOf('/')
      if (end > 0 && ownScopes.has(scope.slice(end + 1))) yield scope.slice(0, end)
    }
  }
}

function wordsOf(claim: unknown): readonly string[] {
  const words = typeof claim === 'string' ? claim.split(/\s+/) : Array.isArray(claim) ? claim : []
  return words.filter((word): word is string => typeof word === 'string' && word !== '')
}

/**
 * Returns the name of a scope without the resource server in front, or null for the scope of a resource server that
 * does not count. Cognito writes scopes only as `<resource server>/<scope>`, and the resource server may be a URL; a
 * scope of this service never has a slash.
 */
function nameOf(scope: string, prefix: string | null): string | null {
  const end = scope.lastIndexOf('/')
  if (end === -1) return scope
  const server = scope.slice(0, end)
  if (server === '') return null
  if (prefix !== null && server !== prefix && `${server}/` !== prefix) return null
  return scope.slice(end + 1)
}
