import { createHash, createHmac } from 'node:crypto'
import t from 'tap'
import { Sha256 } from '../../../src/adapters/sqs/sha256.ts'

/** Around the block size and the padding of SHA-256. */
const lengths = [0, 1, 55, 56, 63, 64, 65, 127, 128, 129, 5_000]
const bytesOf = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 31 + length) & 0xff))
const hex = async (sha: Sha256) => Buffer.from(await sha.digest()).toString('hex')

for (const length of lengths) {
  const data = bytesOf(length)
  t.test(`the hash of ${length} bytes is that of Node.js`, async (t) => {
    const whole = new Sha256()
    whole.update(data)
    t.equal(await hex(whole), createHash('sha256').update(data).digest('hex'))
    const inPieces = new Sha256()
    for (const part of [data.subarray(0, length >> 1), data.subarray(length >> 1)]) inPieces.update(part)
    t.equal(await hex(inPieces), await hex(whole))
    inPieces.reset()
    inPieces.update(Buffer.from('other'))
    t.equal(await hex(inPieces), createHash('sha256').update('other').digest('hex'))
  })

  for (const keyLength of lengths) {
    t.test(`the HMAC of ${length} bytes with a key of ${keyLength} is that of Node.js`, async (t) => {
      const key = bytesOf(keyLength)
      const expected = createHmac('sha256', key).update(data).digest('hex')
      const { buffer, byteOffset } = key
      for (const form of [key, new Uint8Array(key).buffer, new DataView(buffer, byteOffset, keyLength)]) {
        const hmac = new Sha256(form)
        hmac.update(Buffer.from('left out'))
        hmac.reset()
        hmac.update(data)
        t.equal(await hex(hmac), expected)
      }
    })
  }
}

t.test('a key may be text', async (t) => {
  const hmac = new Sha256('AWS4“secret”')
  hmac.update(Buffer.from('20261128'))
  t.equal(await hex(hmac), createHmac('sha256', 'AWS4“secret”').update('20261128').digest('hex'))
})
