import type { NetworkInterfaceInfo } from 'node:os'
import t from 'tap'
import { ownAddress } from '../src/own-address.ts'

function at(address: string, internal = false): NetworkInterfaceInfo {
  const shared = { address, internal, netmask: '', mac: '', cidr: null }
  return address.includes(':') ? { ...shared, family: 'IPv6', scopeid: 0 } : { ...shared, family: 'IPv4' }
}

const lo = [at('127.0.0.1', true), at('::1', true)]
const pod = { lo, eth0: [at('fe80::1'), at('10.8.0.7'), at('fd00::7')] }

t.test('an instance that listens on all addresses is reached at the first that is not loopback', async (t) => {
  const table: [string, Parameters<typeof ownAddress>[2], string][] = [
    ['0.0.0.0', pod, 'http://10.8.0.7:8080'],
    ['::', pod, 'http://10.8.0.7:8080'],
    ['::', { lo, eth0: [at('fe80::1'), at('fd00::7')] }, 'http://[fd00::7]:8080'],
    ['0.0.0.0', { lo, eth0: [at('fd00::7')] }, 'http://127.0.0.1:8080'],
    ['0.0.0.0', { lo, eth0: [at('169.254.1.1')], eth1: [at('192.168.0.2')] }, 'http://192.168.0.2:8080'],
    ['0.0.0.0', { lo }, 'http://127.0.0.1:8080'],
    ['0.0.0.0', { lo, docker0: [at('172.17.0.1')], eth0: [at('10.0.0.5')] }, 'http://10.0.0.5:8080'],
    [
      '0.0.0.0',
      { lo, 'br-1f': [at('172.18.0.1')], wg0: [at('10.9.0.1')], ens5: [at('10.0.0.6')] },
      'http://10.0.0.6:8080',
    ],
    ['0.0.0.0', { lo, docker0: [at('172.17.0.1')] }, 'http://172.17.0.1:8080'],
    ['::', { lo, docker0: [at('172.17.0.1')], eth0: [at('fd00::7')] }, 'http://[fd00::7]:8080'],
  ]
  for (const [host, interfaces, address] of table) t.equal(ownAddress(host, 8080, interfaces), address, address)
})

t.test('an instance that listens on one address is reached there', async (t) => {
  t.equal(ownAddress('10.0.0.1', 80, pod), 'http://10.0.0.1:80')
  t.equal(ownAddress('::1', 80, pod), 'http://[::1]:80')
  t.equal(ownAddress('localhost', 80, pod), 'http://localhost:80')
})
