import t from 'tap'
import { loadCore } from './core.ts'
import { invariants } from './invariants.ts'
import { run } from './run.ts'
import { isFaultless } from './schedule.ts'
import { describe, newTally, play, scheduleOf, shrink } from './search.ts'
import { seeds } from './seeds.ts'

const howMany = 2_000
// On a busy machine it takes longer, and that decides nothing.
t.setTimeout(300_000)
const core = await loadCore()

t.test('whatever goes wrong, every invariant holds', async (t) => {
  const tally = newTally()
  for (let seed = 1; seed <= howMany; seed++) {
    const finding = await play(seed, { core }, tally)
    if (finding) return void t.fail(describe(await shrink(finding, { core })))
  }
  t.equal(tally.runs, howMany)
  t.ok(tally.notifications > howMany, 'there was something to deliver')
  t.ok(tally.deadLetters > 0, 'dead-letter queues were reached')
  t.ok(tally.lostUnseen > 0, 'the honest limit of ack=auto was met')
  t.comment(JSON.stringify(tally))
})

t.test('seeds that once found something find nothing', async (t) => {
  for (const [seed, found] of Object.entries(seeds)) {
    const finding = await play(Number(seed), { core })
    t.equal(finding, null, `${found}${finding ? `\n${describe(finding)}` : ''}`)
  }
})

t.test('the same seed plays the same run', async (t) => {
  for (const seed of [7, 77, 777]) {
    t.strictSame(scheduleOf(seed), scheduleOf(seed))
    const [once, again] = [await run(scheduleOf(seed), { core }), await run(scheduleOf(seed), { core })]
    t.strictSame(once, again)
  }
})

t.test('without faults every notification for a client that polls arrives, and none is lost', async (t) => {
  let played = 0
  for (let seed = 1; played < 50; seed++) {
    const schedule = scheduleOf(seed)
    if (!isFaultless(schedule)) continue
    played += 1
    const { violations, books } = await run(schedule, { core })
    t.strictSame(violations, [], `seed ${seed}`)
    t.equal(books.lostUnseen + books.lostByMove, 0, `seed ${seed}`)
  }
})

t.test('with ack=next nothing is ever lost', async (t) => {
  for (let seed = 1; seed <= 300; seed++) {
    const schedule = scheduleOf(seed)
    const devices = schedule.devices.map((device) => ({ ...device, ack: 'next' as const }))
    const { violations, books } = await run({ ...schedule, devices }, { core })
    if (violations.length === 0 && books.lostUnseen + books.lostByMove === 0) continue
    return void t.fail(`seed ${seed} with ack=next: ${JSON.stringify(violations)}, ${JSON.stringify(books)}`)
  }
})

t.test('the README numbers the same invariants', async (t) => {
  const { readFile } = await import('node:fs/promises')
  const readme = await readFile(new URL('../../src/delivery/README.md', import.meta.url), 'utf8')
  const numbers = [...readme.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => number)
  t.strictSame(numbers, Object.keys(invariants))
})
