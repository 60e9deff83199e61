import { createSocket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import type { Owner } from './postgres.ts'

const typeA = 1
const typeAaaa = 28
const noSuchName = 3
const serverFailure = 2

/** A name server on loopback: each name has the addresses of the map at that moment. Null fails, a missing name is unknown. */
export async function startNameServer(t: Owner, names: Map<string, readonly string[] | null>): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => socket.send(answerTo(query, names), port, address))
  await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>((resolve) => socket.close(resolve)))
  return `127.0.0.1:${socket.address().port}`
}

/** Returns the response (RFC 1035, 4.1) to a query of one question. */
function answerTo(query: Buffer, names: Map<string, readonly string[] | null>): Buffer {
  const labels: string[] = []
  let at = 12
  while ((query[at] ?? 0) > 0) {
    const length = query[at] ?? 0
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const question = query.subarray(12, at + 5)
  const type = query.readUInt16BE(at + 1)
  const found = names.get(labels.join('.').toLowerCase())
  const addresses = (found ?? []).filter((address) => type === (isIPv4(address) ? typeA : typeAaaa))
  const code = found === null ? serverFailure : found === undefined ? noSuchName : 0
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  head.writeUInt16BE(0x8180 | code, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(addresses.length, 6)
  const answers = addresses.map((address) => {
    const bytes = bytesOf(address)
    const record = Buffer.alloc(12)
    record.writeUInt16BE(0xc00c, 0)
    record.writeUInt16BE(type, 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt16BE(bytes.length, 10)
    return Buffer.concat([record, bytes])
  })
  return Buffer.concat([head, question, ...answers])
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [before = '', after = ''] = address.split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const [head, tail] = [groups(before), groups(after)]
  const middle = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return Buffer.from([...head, ...middle, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex')
}
