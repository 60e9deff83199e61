import { createCipheriv, hkdfSync } from 'node:crypto'
import t from 'tap'
import { sealer } from '../../src/adapters/sealed-token.ts'

const secret = 'the secret of the tests, long enough for all'
const older = 'the secret that was in force before, as long'
const payload = { clientId: 'älice', uses: 3 }

/** A token as this text says, made without the code under test. */
function tokenOf(text: string, { purpose = 'ticket', nonce = Buffer.alloc(12, 7), version = 1 } = {}): string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'notification-service sealed token', 32))
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(`1\n${purpose}`))
  const sealed = Buffer.concat([cipher.update(text), cipher.final()])
  return Buffer.concat([Buffer.of(version), nonce, sealed, cipher.getAuthTag()]).toString('base64url')
}

t.test('what was sealed is opened, for its purpose alone', async (t) => {
  const { seal, open } = sealer([secret])
  const token = seal('ticket', payload, 1_700_000_000_000)
  t.match(token, /^[A-Za-z0-9_-]+$/, 'it may stand in a URL')
  t.same(open('ticket', token), { payload, expiresAtMs: 1_700_000_000_000 })
  t.equal(open('callback', token), null)
  t.not(seal('ticket', payload, 1_700_000_000_000), token, 'the same twice does not look the same')
  t.notMatch(Buffer.from(token, 'base64url').toString('latin1'), /lice/, 'nobody can read it')
})

t.test('the form is the documented one', async (t) => {
  const { open } = sealer([secret])
  const vector = 'AQcHBwcHBwcHBwcHB43MtV9Z39Gi9MxczteoUsrnyQsSeZUl3xtZAdnYmpm4N3WXi7N4cTPzLHx_sRsQpul2cKY'
  t.equal(tokenOf('[1700000000000,{"clientId":"alice"}]'), vector)
  t.same(open('ticket', vector), { payload: { clientId: 'alice' }, expiresAtMs: 1_700_000_000_000 })
  t.equal(open('ticket', tokenOf('[1,{}]', { version: 2 })), null, 'another version')
  t.equal(open('ticket', tokenOf('[1,{}]', { purpose: 'ticket\n' })), null, 'nearly the purpose')
})

t.test('a secret may be changed: the first seals, all open', async (t) => {
  const before = sealer([older])
  const during = sealer([secret, older])
  const after = sealer([secret])
  const old = before.seal('ticket', payload, 1)
  t.same(during.open('ticket', old)?.payload, payload)
  t.equal(after.open('ticket', old), null)
  t.same(after.open('ticket', during.seal('ticket', payload, 1))?.payload, payload)
  t.throws(() => sealer([]).seal('ticket', payload, 1), /no secret/)
  t.equal(sealer([]).open('ticket', old), null)
})

t.test('whatever is changed, cut or made up is nothing', async (t) => {
  const { seal, open } = sealer([secret])
  const token = seal('ticket', payload, 1)
  const bytes = Buffer.from(token, 'base64url')
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes)
    changed[i] = (changed[i] ?? 0) ^ 1
    if (open('ticket', changed.toString('base64url')) !== null) t.fail(`byte ${i} may be changed`)
    if (open('ticket', bytes.subarray(0, i).toString('base64url')) !== null) t.fail(`may be cut at ${i}`)
  }
  const garbled = ['', ' ', 'x', '=', `${token}=`, `${token}A`, `${token}\n`, ` ${token}`, token.replace(/^./, '/')]
  for (const text of [...garbled, 'A'.repeat(100), 'é'.repeat(50), 'A'.repeat(1_000_000)]) {
    t.equal(open('ticket', text), null)
  }
})
