import t from 'tap'
import { tokenTimeLeft } from '../../src/handlers/waiting.ts'

t.test('a poll ends before its token does, by more than a timer is late', async (t) => {
  const nowMs = 1_700_000_000_000
  t.ok(tokenTimeLeft(nowMs + 3_000, nowMs) <= 2_950)
  t.ok(tokenTimeLeft(nowMs + 3_000, nowMs) > 2_000, 'and not long before')
})

t.test('a token that has ended, or is about to, leaves no time and never a negative one', async (t) => {
  const nowMs = 1_700_000_000_000
  for (const leftMs of [-5_000, -1, 0, 1, 50]) t.equal(tokenTimeLeft(nowMs + leftMs, nowMs), 0)
})
