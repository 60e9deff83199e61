import type { NetworkInterfaceInfo } from 'node:os'

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** Networks of containers, virtual machines and tunnels on a host, which lead to other hosts last of all. */
const ofTheHost = /^(br-|cali|cni|docker|flannel|lxc|podman|tailscale|tap|tun|veth|virbr|wg)/

/** Listens on every address of the machine: of IPv4, and of both families. */
const everyAddress = ['0.0.0.0', '::']

/**
 * Returns how other instances reach this one when `INSTANCE_ADDRESS` does not say: at the address that it listens on, or,
 * when it listens on all, at the first address of the machine that is neither loopback nor link-local; bridges and
 * tunnels come last. A host name would be of no use: that of a pod or a task does not resolve from other ones.
 */
export function ownAddress(host: string, port: number, interfaces: Interfaces): string {
  const found = everyAddress.includes(host) ? firstAddress(interfaces, host === '::') : host
  return `http://${found.includes(':') ? `[${found}]` : found}:${port}`
}

function firstAddress(interfaces: Interfaces, withIpv6: boolean): string {
  const addresses = Object.entries(interfaces).flatMap(([name, found]) =>
    (found ?? []).map((one) => ({ ...one, name })),
  )
  const reachable = addresses.filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
  for (const isLast of [false, true]) {
    const these = reachable.filter(({ name }) => ofTheHost.test(name) === isLast)
    const ipv4 = these.find(({ family }) => family === 'IPv4')
    const ipv6 = withIpv6 ? these.find(({ family }) => family === 'IPv6') : undefined
    const found = ipv4 ?? ipv6
    if (found !== undefined) return found.address
  }
  return '127.0.0.1'
}
