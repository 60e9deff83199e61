import type { Log } from '../../delivery/ports.ts'

interface ClaimSettings {
  readonly JWT_ISSUER: readonly string[] | null
  readonly JWT_AUDIENCE: readonly string[] | null
}

/** Warns in one line of the claims that are not checked, naming the settings that check them. */
export function warnOfUncheckedClaims(log: Pick<Log, 'warn'>, { JWT_ISSUER, JWT_AUDIENCE }: ClaimSettings): void {
  const unset = [...(JWT_ISSUER === null ? ['JWT_ISSUER'] : []), ...(JWT_AUDIENCE === null ? ['JWT_AUDIENCE'] : [])]
  if (unset.length === 0) return
  const names = unset.join(' and ')
  log.warn({ unset }, `tokens that the issuer made for other services are accepted as well: set ${names}`)
}
