import t from 'tap'
import { inEveryMode } from '../support/modes.ts'
import { getEachOnce } from './completeness.ts'

inEveryMode(t, async (t, world) => {
  t.test('a client that polls again and again gets each of 2,000 messages once', (t) => getEachOnce(t, world, 2_000))
})
