import { BlockList, isIP, isIPv4 } from 'node:net'

/**
 * IPv4 networks that are not the public internet: those of the registries of IANA (RFC 6890 and its successors), multicast,
 * and an address at which every virtual machine of Azure reaches its host.
 */
const ipv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
] as const

/** Inside of 2000::/3, which alone is public: protocols (Teredo among them), documentation, 6to4. */
const ipv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const

const refused = new BlockList()
for (const network of ipv4) refused.addSubnet(...partsOf(network), 'ipv4')
for (const network of ipv6) refused.addSubnet(...partsOf(network), 'ipv6')

const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

/** IPv6 networks whose addresses stand for the IPv4 address in their last 32 bits: mapped ones, and those of NAT64. */
const standIns = new BlockList()
standIns.addSubnet('::ffff:0:0', 96, 'ipv6')
standIns.addSubnet('64:ff9b::', 96, 'ipv6')

function partsOf(network: string): [address: string, prefix: number] {
  const [address = '', prefix] = network.split('/')
  return [address, Number(prefix)]
}

/** Whether the address is one of the public internet. Texts that are no IP address, or name a network interface, are not. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false
  if (isIPv4(address)) return !refused.check(address, 'ipv4')
  if (standIns.check(address, 'ipv6')) return isPublicAddress(lastFourBytes(address))
  return globalUnicast.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}

/** Returns the last 32 bits of an IPv6 address as an IPv4 address. */
function lastFourBytes(address: string): string {
  // The URL parser writes every form of an address in groups of hexadecimal digits.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':')
  return groups
    .slice(-2)
    .map((group) => Number.parseInt(group || '0', 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}
