import t from 'tap'
import { maxHops, type Route, route } from '../../../src/delivery/peers/routing.ts'

const peer = { id: 'b', queueUrl: 'queue of b', address: '', relayKey: '' }
const self = { ...peer, id: 'a', queueUrl: 'queue of a' }

/** The facts of each case, and the decision. */
const cases: [string, Omit<Parameters<typeof route>[0], 'instanceId'>, Route['to']][] = [
  ['a notification for a client that is here stays here', { here: true, hops: 0, peer: null }, 'here'],
  [
    'a notification for a client that is here stays here, whatever a stale record says',
    { here: true, hops: 0, peer },
    'here',
  ],
  ['a notification for a client that is nowhere goes to nobody', { here: false, hops: 0, peer: null }, 'nobody'],
  ['a notification for a client that is elsewhere is sent there', { here: false, hops: 0, peer }, 'peer'],
  ['a notification before its last hop is still sent on', { here: false, hops: maxHops - 1, peer }, 'peer'],
  ['a notification after its last hop goes to nobody', { here: false, hops: maxHops, peer }, 'nobody'],
  ['an instance sends nothing to itself', { here: false, hops: 0, peer: self }, 'here'],
]

for (const [sentence, facts, to] of cases) {
  t.test(sentence, async (t) => t.equal(route({ ...facts, instanceId: 'a' }).to, to))
}
