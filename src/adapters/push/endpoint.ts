import { Refusal } from '../../delivery/refusal.ts'
import { NotPublic, type PublicAddresses } from './addresses.ts'

interface Needs {
  /** Null allows http, and private addresses. */
  readonly addresses: Pick<PublicAddresses, 'resolve'> | null
  /** Where this service is reached; it is no push service. */
  readonly publicUrl: string | null
}

/**
 * Returns the endpoint of a push service in its canonical form. Rejects with a `Refusal` when pushes are not sent there. A
 * name that cannot be resolved at this moment is allowed: it is resolved and checked again for every push.
 */
export async function allowedEndpoint(text: string, { addresses, publicUrl }: Needs): Promise<string> {
  const url = URL.canParse(text) ? new URL(text) : null
  const isSecure = url?.protocol === 'https:' || (addresses === null && url?.protocol === 'http:')
  if (url === null || !isSecure) throw refusal('must be an absolute https URL')
  if (url.username !== '' || url.password !== '') throw refusal('must not have a user or a password')
  if (publicUrl !== null && placeOf(url) === placeOf(new URL(publicUrl))) throw refusal('must not be at this service')
  url.hash = ''
  try {
    await addresses?.resolve(url.hostname)
  } catch (error) {
    if (error instanceof NotPublic) throw refusal('must be at a host that has public addresses alone')
  }
  return url.href
}

/** Returns the origin. A dot at the end of the host makes another text of it, and leads to the same place. */
function placeOf({ protocol, hostname, port }: URL): string {
  return `${protocol}//${hostname.replace(/\.$/, '')}:${port}`
}

function refusal(rule: string): Refusal {
  return new Refusal('ERROR_INVALID_ARGUMENT', { message: `body/endpoint ${rule}` })
}
