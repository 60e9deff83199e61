import t from 'tap'
import { preferredWait } from '../../src/delivery/preferred-wait.ts'
import { Refusal } from '../../src/delivery/refusal.ts'

const waits: Readonly<Record<string, number | null>> = {
  'wait=5': 5,
  'Wait = "5"': 5,
  'WAIT=5;x=y': 5,
  'wait=1.5': 1.5,
  'wait=0': 0,
  'wait=99999': 99_999,
  'respond-async, wait=5': 5,
  'wait=5, wait=20': 5,
  'foo="a,wait=9", wait=5': 5,
  'foo="a\\",wait=9", wait=5': 5,
  'foo="a, wait=9': null,
  'foo; wait=9': null,
  'x-wait=9': null,
  waiting: null,
  'respond-async': null,
  '': null,
}

t.test('the first preference for a wait counts, in any form of RFC 7240', async (t) => {
  for (const [prefer, seconds] of Object.entries(waits)) t.equal(preferredWait(prefer), seconds, prefer)
  t.equal(preferredWait(undefined), null)
})

t.test('a preference for a wait that is no number of seconds is refused', async (t) => {
  for (const prefer of [
    'wait',
    'wait=',
    'wait;x=5',
    'wait=-1',
    'wait=abc',
    'wait=1e0',
    'wait="5',
    'wait=5"',
    'wait=5 6',
  ]) {
    t.throws(() => preferredWait(prefer), Refusal, prefer)
  }
})
