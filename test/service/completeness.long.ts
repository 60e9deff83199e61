import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'
import { getEachOnce } from './completeness.ts'

inEveryModeHere(t, async (t, world) => {
  t.test('a client that polls again and again gets each of 2,000 messages once', (t) => getEachOnce(t, world, 2_000))
})
