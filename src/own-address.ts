import type { NetworkInterfaceInfo } from 'node:os'

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** Listens on every address of the machine: of IPv4, and of both families. */
const everyAddress = ['0.0.0.0', '::']

/**
 * Returns how other instances reach this one when `INSTANCE_ADDRESS` does not say: at the address that it listens on, or,
 * when it listens on all, at the first address of the machine that is neither loopback nor link-local. A host name would
 * be of no use: that of a pod or a task does not resolve from other ones.
 */
export function ownAddress(host: string, port: number, interfaces: Interfaces): string {
  const found = everyAddress.includes(host) ? firstAddress(interfaces, host === '::') : host
  return `http://${found.includes(':') ? `[${found}]` : found}:${port}`
}

function firstAddress(interfaces: Interfaces, withIpv6: boolean): string {
  const reachable = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
  const ipv4 = reachable.find(({ family }) => family === 'IPv4')
  const ipv6 = withIpv6 ? reachable.find(({ family }) => family === 'IPv6') : undefined
  return (ipv4 ?? ipv6)?.address ?? '127.0.0.1'
}
