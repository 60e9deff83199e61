import type { Log } from '../../delivery/ports.ts'
import { type ScopeRules, serversOf } from './scopes.ts'

/**
 * Returns a function that looks at the payload of each token that is accepted, and warns once when scopes of this service came
 * from a second resource server. With a single one nothing is wrong: it is this service under the name that the issuer gave it.
 */
export function grantingServers(
  log: Pick<Log, 'warn'>,
  rules: ScopeRules,
): (payload: Readonly<Record<string, unknown>>) => void {
  let first: string | null = null
  // With a prefix no other server's scopes count.
  let isOver = rules.prefix !== null
  return (payload) => {
    if (isOver) return
    for (const server of serversOf(payload, rules)) {
      first ??= server
      if (server === first) continue
      isOver = true
      log.warn(
        { resourceServers: [first, server] },
        'scopes of several resource servers are accepted as scopes of this service: set SCOPE_PREFIX to the one that is meant',
      )
      return
    }
  }
}
