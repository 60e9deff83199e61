import t from 'tap'
import { inEveryMode } from '../support/modes.ts'
import { getEachOnce } from './completeness.ts'

inEveryMode(t, async (t, world) => {
  t.test('a client that polls again and again gets each of 200 messages once', (t) => getEachOnce(t, world, 200))
})
