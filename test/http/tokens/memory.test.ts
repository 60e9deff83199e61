import t from 'tap'
import type { Claims } from '../../../src/http/tokens/claims.ts'
import { TokenMemory } from '../../../src/http/tokens/memory.ts'

t.test('the token memory keeps the last used, and never more than twice its size', async (t) => {
  const claims = (clientId: string): Claims => ({ clientId, scopes: new Set(), expiresAtMs: 0 })
  const memory = new TokenMemory(100)
  let most = 0
  for (let i = 0; i < 1_050; i++) {
    memory.set(`Bearer ${i}`, claims(String(i)))
    memory.get('Bearer 0')
    most = Math.max(most, memory.size)
  }
  t.ok(most <= 200, `never more than ${most}`)
  const lastUsed = ['0', ...Array.from({ length: 99 }, (_, i) => String(951 + i))]
  t.same(
    lastUsed.filter((id) => memory.get(`Bearer ${id}`)?.clientId !== id),
    [],
  )
  t.equal(memory.get('Bearer 1'), undefined)

  // A round through as many clients as it is sized for finds every one of them.
  memory.clear()
  t.equal(memory.size, 0)
  let misses = 0
  for (let i = 0; i < 1_000; i++) {
    const authorization = `Bearer ${i % 100}`
    if (memory.get(authorization) !== undefined) continue
    misses++
    memory.set(authorization, claims(authorization))
  }
  t.equal(misses, 100)
})

t.test('the token memory is bounded in characters too', async (t) => {
  const memory = new TokenMemory(1_000_000)
  const claims: Claims = { clientId: 'alice', scopes: new Set(), expiresAtMs: 0 }
  const long = 'x'.repeat(8_000)
  for (let i = 0; i < 20_000; i++) memory.set(`${long}.${i}`, claims)
  t.ok(memory.size < 2 * 4_200, `${memory.size} tokens of 8,000 characters`)
})
