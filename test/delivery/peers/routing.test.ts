import t from 'tap'
import { maxHops, type Route, route } from '../../../src/delivery/peers/routing.ts'

const peer = { id: 'b', queueUrl: 'queue of b', address: '', relayKey: '' }
const self = { ...peer, id: 'a', queueUrl: 'queue of a' }

/** What decides, and what is decided. */
const cases: [string, Omit<Parameters<typeof route>[0], 'instanceId'>, Route['to']][] = [
  ['who is here is served here', { here: true, hops: 0, peer: null }, 'here'],
  ['who is here is served here, whatever a stale record says', { here: true, hops: 0, peer }, 'here'],
  ['who is nowhere is nobody’s', { here: false, hops: 0, peer: null }, 'nobody'],
  ['who is elsewhere is sent there', { here: false, hops: 0, peer }, 'peer'],
  ['the last hop is still one', { here: false, hops: maxHops - 1, peer }, 'peer'],
  ['who moves faster than that is not chased', { here: false, hops: maxHops, peer }, 'nobody'],
  ['nothing is sent to ourselves', { here: false, hops: 0, peer: self }, 'here'],
]

for (const [sentence, facts, to] of cases) {
  t.test(sentence, async (t) => t.equal(route({ ...facts, instanceId: 'a' }).to, to))
}
