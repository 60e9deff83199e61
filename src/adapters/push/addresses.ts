import { Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** The time for a name server, and how often it is asked: together less than a push may take. */
const timeoutMs = 1_500
const tries = 2

/** An address that no push is sent to. */
export class NotPublic extends Error {
  override readonly name = 'NotPublic'

  constructor() {
    super('the host of the endpoint is not at public addresses alone')
  }
}

/** Resolves host names to public addresses, and to nothing else. */
export interface PublicAddresses {
  /** Resolves with the addresses of the host, all of them public. Rejects with `NotPublic`, or when the name has none. */
  resolve(host: string): Promise<string[]>
  /**
   * The same for a connection: it goes to the very address that was checked, so a name server that changes its answer
   * between check and connection gains nothing. Not called by Node for a host that is an address.
   */
  readonly lookup: LookupFunction
}

/**
 * Names are resolved by DNS alone, not by the machine's own list of hosts. `servers` are asked instead of the machine's name
 * servers.
 */
export function publicAddresses(servers: readonly string[] = []): PublicAddresses {
  const resolver = new Resolver({ timeout: timeoutMs, tries })
  if (servers.length > 0) resolver.setServers(servers)

  async function resolve(host: string): Promise<string[]> {
    const name = host.replace(/^\[(.*)\]$/, '$1')
    const addresses = isIP(name) === 0 ? await ask(name) : [name]
    if (!addresses.every(isPublicAddress)) throw new NotPublic()
    return addresses
  }

  async function ask(name: string): Promise<string[]> {
    // A name without a dot is completed by the machine's search list; this one names the machine itself.
    if (!name.replace(/\.$/, '').includes('.') || /\.localhost\.?$/.test(name)) throw new NotPublic()
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (addresses.length === 0)
      throw answers.find((answer) => answer.status === 'rejected')?.reason ?? new Error('the name has no address')
    return addresses
  }

  return {
    resolve,
    lookup(host, { all }, callback) {
      resolve(host).then(
        (addresses) => {
          const found = addresses.map((address) => ({ address, family: isIP(address) }))
          const [first] = found
          if (all) callback(null, found)
          else callback(null, first?.address ?? '', first?.family)
        },
        (error: NodeJS.ErrnoException) => callback(error, '', 0),
      )
    },
  }
}
