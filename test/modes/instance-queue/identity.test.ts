import t from 'tap'
import { Identity } from '../../../src/modes/instance-queue/identity.ts'

function start(fixedId: string | null = null) {
  const asked: string[] = []
  let ids = 0
  const identity = new Identity({ fixedId, newId: () => `id ${++ids}`, newRelayKey: () => `key ${ids}` })
  identity.keptBy({
    join: async () => void asked.push('join'),
    beginAnew: async () => void asked.push('begin anew'),
  })
  return { identity, asked }
}

t.test('a statement that was sent after the join and finds no row proves a death', async (t) => {
  const { identity, asked } = start()
  identity.confirm()
  await identity.lost(identity.term)
  t.same(asked, ['begin anew'])
})

t.test('a statement that was sent before the join proves no death, however late its answer comes', async (t) => {
  const { identity, asked } = start()
  const { term } = identity
  await identity.lost(term)
  identity.confirm()
  await identity.lost(term)
  t.same(asked, ['join', 'join'])
})

t.test('a statement of an earlier life proves no death of the next', async (t) => {
  const { identity, asked } = start()
  identity.confirm()
  const { term } = identity
  identity.renew()
  await identity.lost(term)
  identity.confirm()
  await identity.lost(term)
  t.same(asked, ['join', 'join'])
})

t.test('each life has an id and a relay key of its own; a given id is the first one', async (t) => {
  const { identity } = start()
  t.match(identity, { id: 'id 1', relayKey: 'key 1', joined: false, isFixed: false })
  identity.confirm()
  t.match(identity, { id: 'id 1', relayKey: 'key 1', joined: true })
  identity.renew()
  t.match(identity, { id: 'id 2', relayKey: 'key 2', joined: false })
  t.match(start('given').identity, { id: 'given', isFixed: true })
})

t.test('without anybody to join for it, an instance that has no row is refused', async (t) => {
  const identity = new Identity({ fixedId: 'a', newId: () => 'b', newRelayKey: () => 'key' })
  await t.rejects(identity.lost(identity.term), { code: 'ERROR_DB_UNEXPECTED_ERROR' })
})
