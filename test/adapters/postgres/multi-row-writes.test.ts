import t from 'tap'
import { MultiRowWrites } from '../../../src/adapters/postgres/multi-row-writes.ts'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { FakeClock } from '../../support/fake-clock.ts'

interface Row {
  readonly name: string
  readonly group?: string
  readonly identity?: string
  readonly bytes?: number
}

/** Lets what was scheduled be done. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Writes whose statements end when the test says so. */
function open(maxWaiting = 10_000) {
  const clock = new FakeClock()
  const statements: { names: string[]; withinMs: number; end(): Promise<void>; fail(error: Error): Promise<void> }[] =
    []
  const writes = new MultiRowWrites<Row, string>({
    clock,
    maxWaiting,
    write(rows, withinMs) {
      const names = rows.map(({ name }) => name)
      const { promise, resolve, reject } = Promise.withResolvers<string[]>()
      const end = () => turn().then(() => resolve(names.map((name) => `${name} is written`)))
      statements.push({
        ...{ names, withinMs },
        end: () => end().then(turn).then(turn),
        fail: (error) =>
          turn()
            .then(() => reject(error))
            .then(turn)
            .then(turn),
      })
      return promise
    },
    groupOf: ({ name, group = name }) => group,
    identityOf: ({ identity = null }) => identity,
    bytesOf: ({ bytes = 1 }) => bytes,
  })
  return { clock, writes, statements, names: () => statements.map(({ names }) => names) }
}

const outcomeOf = (written: Promise<string>) => written.catch((error: unknown) => (error as Refusal).code)

t.test('rows that come together share a statement, and those that come meanwhile share the next', async (t) => {
  const { clock, writes, statements, names } = open()
  const first = ['a', 'b'].map((name) => writes.write({ name }))
  await turn()
  const second = ['c', 'd', 'e'].map((name) => writes.write({ name }))
  await turn()
  t.same(names(), [['a', 'b']])
  t.equal(writes.waiting, 3)
  await statements[0]?.end()
  t.same(names(), [
    ['a', 'b'],
    ['c', 'd', 'e'],
  ])
  await statements[1]?.end()
  t.same(
    await Promise.all([...first, ...second]),
    ['a', 'b', 'c', 'd', 'e'].map((name) => `${name} is written`),
  )
  clock.pass(2)
  t.equal(clock.pending, 0)
  t.equal(writes.waiting, 0)
})

t.test('after a statement of several rows the next waits a moment for more', async (t) => {
  const { clock, writes, statements, names } = open()
  for (const name of ['a', 'b', 'c']) void writes.write({ name })
  await turn()
  await statements[0]?.end()
  void writes.write({ name: 'd' })
  await turn()
  clock.pass(1)
  void writes.write({ name: 'e' })
  await turn()
  t.equal(statements.length, 1)
  clock.pass(1)
  await turn()
  t.same(names().at(-1), ['d', 'e'])
  await statements[1]?.end()
  void writes.write({ name: 'f' })
  await turn()
  t.same(names().at(-1), ['f'], 'after two rows it waits for nothing')
})

t.test('a statement that is slow keeps only the rows of its own groups waiting', async (t) => {
  const { clock, writes, statements, names } = open()
  void writes.write({ name: 'slow', group: 'alice' })
  await turn()
  void writes.write({ name: 'another of alice', group: 'alice' })
  void writes.write({ name: 'of bob', group: 'bob' })
  await turn()
  t.equal(statements.length, 1)
  clock.pass(1_000)
  t.same(names(), [['slow'], ['of bob']])
  await statements[1]?.end()
  t.equal(statements.length, 2)
  await statements[0]?.end()
  t.same(names().at(-1), ['another of alice'])
})

t.test('rows with one identity are in different statements, and no row of their group overtakes another', async (t) => {
  const { clock, writes, statements, names } = open()
  const rows = [
    { name: '1', group: 'g', identity: 'x' },
    { name: '2', group: 'g' },
    { name: '3', group: 'g', identity: 'x' },
    { name: '4', group: 'g' },
    { name: 'of another group', identity: 'y' },
  ]
  for (const row of rows) void writes.write(row)
  await turn()
  t.same(names(), [['1', '2', 'of another group']])
  await statements[0]?.end()
  clock.pass(2)
  await turn()
  t.same(names().at(-1), ['3', '4'])
})

t.test('a statement has at most 250 rows and 2 MiB; a row that is larger has a statement of its own', async (t) => {
  const { clock, writes, statements, names } = open()
  for (let i = 0; i < 600; i++) void writes.write({ name: `${i}` })
  await turn()
  await turn()
  await turn()
  t.same(
    names().map(({ length }) => length),
    [250, 250],
    'a line that fills a statement waits for none',
  )
  await Promise.all(statements.map(({ end }) => end()))
  clock.pass(2)
  await turn()
  t.equal(statements[2]?.names.length, 100)
  await statements[2]?.end()
  clock.pass(2)
  const mebibyte = 1_048_576
  const sizes = [mebibyte, mebibyte, 1, 5 * mebibyte]
  for (const [i, bytes] of sizes.entries()) void writes.write({ name: `large ${i}`, bytes })
  for (let at = 3; at < 6; at++) {
    await turn()
    await statements[at]?.end()
  }
  t.same(names().slice(3), [['large 0', 'large 1'], ['large 2'], ['large 3']])
})

t.test('a line that is full refuses further rows, which are told to come again', async (t) => {
  const { writes } = open(2)
  void writes.write({ name: 'in flight' })
  await turn()
  void writes.write({ name: '1' })
  void writes.write({ name: '2' })
  const refused = await writes.write({ name: '3' }).catch((error: unknown) => error as Refusal)
  t.ok(refused instanceof Refusal)
  t.match(refused, { code: 'ERROR_OVERLOADED', retryAfterSeconds: Number })
})

t.test('a row that stands in line for too long is refused, and one that stood there has less time left', async (t) => {
  const { clock, writes, statements } = open()
  for (const group of ['a', 'b', 'c', 'd']) {
    void writes.write({ name: group })
    await turn()
    clock.pass(100)
  }
  t.equal(statements.length, 4, 'as many statements as there may be')
  const early = outcomeOf(writes.write({ name: 'early' }))
  clock.pass(1_000)
  const late = outcomeOf(writes.write({ name: 'late' }))
  clock.pass(2_500)
  await statements[0]?.end()
  t.equal(await early, 'ERROR_DB_UNEXPECTED_ERROR')
  t.match(statements[4], { names: ['late'], withinMs: 1_500 })
  await statements[4]?.end()
  t.equal(await late, 'late is written')
})

t.test('a statement that fails refuses each of its rows, and the next one is sent', async (t) => {
  const { writes, statements, names } = open()
  const rows = ['a', 'b'].map((name) => outcomeOf(writes.write({ name })))
  await turn()
  const next = outcomeOf(writes.write({ name: 'c' }))
  await statements[0]?.fail(new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause: new Error('the connection was lost') }))
  t.same(await Promise.all(rows), ['ERROR_DB_UNEXPECTED_ERROR', 'ERROR_DB_UNEXPECTED_ERROR'])
  t.same(names().at(-1), ['c'])
  await statements[1]?.end()
  t.equal(await next, 'c is written')
})
