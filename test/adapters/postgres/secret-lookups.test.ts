import { createHash, randomUUID } from 'node:crypto'
import t from 'tap'
import type { Queries } from '../../../src/adapters/postgres/connection.ts'
import { SecretLookups } from '../../../src/adapters/postgres/secret-lookups.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const clients: Queries = { query: async () => [] as never, as: () => clients }
const strangers: Queries = { query: async () => [] as never, as: () => strangers }
const random = () => createHash('sha256').update(randomUUID()).digest('hex')

function open() {
  const clock = new FakeClock()
  const lookups = new SecretLookups({ clients, strangers, clock })
  /** Looks a secret up; tells in which lane, or how it was refused. */
  const lane = (digest: string, isReal: boolean) =>
    lookups
      .lookUp(
        digest,
        async (queries) => (queries === clients ? 'clients' : 'strangers'),
        () => isReal,
      )
      .catch((error: { code: string }) => error.code)
  return { clock, lookups, lane }
}

t.test('a secret is looked up in the lane of strangers until it is known to be real', async (t) => {
  const { lookups, lane } = open()
  const [found, issued] = [random(), random()]
  t.equal(await lane(found, true), 'strangers')
  t.equal(await lane(found, true), 'clients')
  lookups.learn(issued)
  t.equal(await lane(issued, true), 'clients')
  lookups.forget(issued)
  t.equal(await lane(issued, true), 'strangers')
})

t.test('guesses past a rate are refused without a look, and real secrets that are known here are not', async (t) => {
  const { clock, lookups, lane } = open()
  const real = random()
  lookups.learn(real)
  const outcomes: string[] = []
  for (let i = 0; i < 300; i++) outcomes.push(await lane(random(), false))
  t.equal(outcomes.filter((outcome) => outcome === 'strangers').length, 201)
  t.equal(outcomes.at(-1), 'ERROR_OVERLOADED')
  t.equal(await lane(real, true), 'clients')
  clock.pass(1_000)
  t.equal(await lane(random(), false), 'strangers', 'there is a look again a moment later')
})

t.test('any number of secrets that are real are looked up', async (t) => {
  const { lane } = open()
  const lanes = await Promise.all(Array.from({ length: 1_000 }, () => lane(random(), true)))
  t.same(new Set(lanes), new Set(['strangers']))
})

t.test('a secret that has stopped to exist is looked up in the lane of strangers again', async (t) => {
  const { lookups, lane } = open()
  const removed = random()
  lookups.learn(removed)
  t.equal(await lane(removed, false), 'clients')
  t.equal(await lane(removed, false), 'strangers')
})
