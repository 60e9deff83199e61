import t from 'tap'
import { newRowId } from '../../../src/adapters/postgres/row-id.ts'

t.test('ids are UUIDs of version 7, and later ids are greater, also when the clock is set back', async (t) => {
  const now = Date.now() + 60_000
  const times = [...Array(5_000).fill(now), now + 1, now - 10_000, ...Array(10).fill(now + 2), now + 500]
  const ids = times.map((ms) => newRowId(ms))
  t.same(ids, ids.toSorted())
  t.equal(new Set(ids).size, times.length)
  for (const id of [ids[0], ids[4_999], ids.at(-1)]) {
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }
  const last = ids.at(-1)?.replaceAll('-', '') ?? ''
  t.equal(Number.parseInt(last.slice(0, 12), 16), now + 500, 'the id begins with the time')
})
