import t from 'tap'
import { endOf } from '../../../src/adapters/push/ends.ts'

const now = Date.parse('2026-11-28T12:00:00Z')
const judge = (status: number, retryAfter: string | null = null, failures = 0) =>
  endOf({ kind: 'answered', status, retryAfter }, { failures, gone: [404, 410], now, random: () => 1 })

t.test('an answer tells whether the device was woken, is gone, or is woken later', async (t) => {
  for (const status of [200, 201, 202, 204]) t.same(judge(status), { kind: 'told' }, `${status}`)
  for (const status of [404, 410]) t.same(judge(status), { kind: 'gone' }, `${status}`)
  for (const status of [301, 302, 307, 308, 400, 401, 403, 413]) t.same(judge(status), { kind: 'refused' }, `${status}`)
  for (const status of [408, 429, 500, 502, 503, 504]) t.match(judge(status), { kind: 'later' }, `${status}`)
})

t.test('a push is tried again when its service asks for it, within an hour and not before half a minute', async (t) => {
  const after = (retryAfter: string) => judge(429, retryAfter)
  t.same(after('120'), { kind: 'later', afterSeconds: 120 })
  t.same(after('1'), { kind: 'later', afterSeconds: 30 })
  t.same(after('999999999999'), { kind: 'later', afterSeconds: 3_600 })
  t.same(after('Sat, 28 Nov 2026 12:10:00 GMT'), { kind: 'later', afterSeconds: 600 })
  t.same(after('Sat, 28 Nov 2020 12:10:00 GMT'), { kind: 'later', afterSeconds: 30 })
  for (const odd of ['soon', '-5', '1e3', '']) t.same(after(odd), { kind: 'later', afterSeconds: 30 }, odd)
})

t.test('a push service that fails again and again is asked ever less often, and then no more', async (t) => {
  const afters = Array.from({ length: 8 }, (_, failures) => judge(500, null, failures)).map(
    (end) => end.kind === 'later' && end.afterSeconds,
  )
  t.same(afters, [30, 60, 120, 240, 480, 960, 1_920, 3_600])
  t.same(judge(500, null, 8), { kind: 'refused' })
  t.same(endOf({ kind: 'unanswered' }, { failures: 8, gone: [], now, random: () => 1 }), { kind: 'refused' })
  t.match(endOf({ kind: 'unanswered' }, { failures: 0, gone: [], now, random: () => 1 }), { kind: 'later' })
  t.same(endOf({ kind: 'not-public' }, { failures: 0, gone: [], now, random: () => 1 }), { kind: 'refused' })
})

t.test('a push whose turn has not come is made later, however often its device has failed', async (t) => {
  for (const failures of [0, 8, 20]) {
    const judging = { failures, gone: [404, 410], now, random: () => 0.5 }
    t.same(endOf({ kind: 'put-off' }, judging), { kind: 'put-off', afterSeconds: 45 })
  }
})
