import fc from 'fast-check'
import t from 'tap'
import { sealer } from '../../src/adapters/sealed-token.ts'

const secret = 'a secret of at least thirty-two characters'
const other = 'another secret of at least thirty-two characters'
const later = Date.now() + 60_000

t.test('every payload that is sealed can be opened again', async (t) => {
  const { seal, open } = sealer([secret])
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), fc.nat(), (payload, expiresAtMs) => {
      const token = seal('callback', payload, expiresAtMs)
      t.match(token, /^[\w-]+$/)
      const plain = JSON.parse(JSON.stringify(payload))
      t.same(open('callback', token), { payload: plain, expiresAtMs })
    }),
    { numRuns: 50 },
  )
})

t.test('a token opens for its purpose alone, and two tokens of one payload differ', async (t) => {
  const { seal, open } = sealer([secret])
  const token = seal('callback', { clientId: 'alice' }, later)
  t.equal(open('ticket', token), null)
  t.not(seal('callback', { clientId: 'alice' }, later), token)
  t.notMatch(token, /alice/)
})

t.test('a changed, shortened or foreign token does not open', async (t) => {
  const { seal, open } = sealer([secret])
  const token = seal('callback', { clientId: 'alice' }, later)
  for (let at = 0; at < token.length; at++) {
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    t.equal(open('callback', changed), null, `character ${at} is changed`)
  }
  for (const bad of [
    '',
    'x',
    token.slice(0, -1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    'AQ',
    '00000000-0000-4000-8000-000000000000',
  ]) {
    t.equal(open('callback', bad), null, JSON.stringify(bad))
  }
  t.equal(sealer([other]).open('callback', token), null)
})

t.test('a secret is replaced by putting the new one first', async (t) => {
  const before = sealer([secret]).seal('callback', { clientId: 'alice' }, later)
  const during = sealer([other, secret])
  t.match(during.open('callback', before), { payload: { clientId: 'alice' } })
  const after = during.seal('callback', { clientId: 'bob' }, later)
  t.match(sealer([other]).open('callback', after), { payload: { clientId: 'bob' } })
  t.equal(sealer([secret]).open('callback', after), null)
  t.equal(sealer([other]).open('callback', before), null)
})

t.test('without a secret there is no sealer', async (t) => {
  t.throws(() => sealer([]), /needs a secret/)
})
