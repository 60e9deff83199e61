import t from 'tap'
import { type Arriving, ReadingBound } from '../../../src/adapters/sqs/reading-bound.ts'

/** Responses of these lengths, and the names of those that were resumed. */
function responses<Name extends string>(lengths: Record<Name, number>) {
  const resumed: string[] = []
  const named = {} as Record<Name, Arriving>
  for (const name in lengths) named[name] = { bytes: lengths[name], resume: () => void resumed.push(name) }
  return { ...named, resumed }
}

/** Resolves when what was put off to the end of the step has been done. */
const stepEnds = () => new Promise(setImmediate)

t.test('responses are read at once while their bytes are within the bound', async (t) => {
  const bound = new ReadingBound(10)
  const { first, second, third, resumed } = responses({ first: 6, second: 4, third: 1 })
  t.ok(bound.admit(first))
  t.ok(bound.admit(second))
  t.notOk(bound.admit(third))
  bound.end(second)
  t.same(resumed, [], 'not within the parser of the response that ends')
  await stepEnds()
  t.same(resumed, ['third'])
})

t.test('a response that is larger than the bound is read alone, and no later one overtakes it', async (t) => {
  const bound = new ReadingBound(10)
  const { small, large, later, resumed } = responses({ small: 1, large: 50, later: 1 })
  t.ok(bound.admit(small))
  t.notOk(bound.admit(large))
  t.notOk(bound.admit(later))
  bound.end(small)
  await stepEnds()
  t.same(resumed, ['large'])
  bound.end(large)
  await stepEnds()
  t.same(resumed, ['large', 'later'])
})

t.test('a response that fails while it waits makes way for the next', async (t) => {
  const bound = new ReadingBound(10)
  const { first, failing, next, resumed } = responses({ first: 5, failing: 50, next: 5 })
  t.ok(bound.admit(first))
  t.notOk(bound.admit(failing))
  t.notOk(bound.admit(next))
  bound.end(failing)
  await stepEnds()
  t.same(resumed, ['next'])
})

t.test('bytes that have been read leave room for as many', async (t) => {
  const bound = new ReadingBound(10)
  const { first, second, resumed } = responses({ first: 10, second: 10 })
  for (let round = 0; round < 100; round++) {
    t.ok(bound.admit(first))
    bound.end(first)
  }
  t.ok(bound.admit(second))
  await stepEnds()
  t.same(resumed, [])
})
