import type { Test } from 'tap'
import { loadCore } from './core.ts'
import { newPlayer } from './player.ts'
import { run } from './run.ts'
import { scheduleOf } from './search.ts'
import { seeds } from './seeds.ts'

/** Tests a mode with so many seeds. */
export function testSimulation(t: Test, mode: 1 | 2, howMany: number): void {
  // On a busy machine it takes longer, and that decides nothing.
  t.setTimeout(900_000)
  const play = newPlayer(t)

  t.test('every invariant holds, in spite of all faults', async (t) => {
    const { tally, finding } = await play({ mode, seeds: { from: 1, howMany } })
    if (finding) return void t.fail(finding.description)
    t.equal(tally.runs, howMany)
    t.ok(tally.notifications > howMany, 'there was something to deliver')
    t.ok(tally.deadLetters > 0, 'dead-letter queues were reached')
    t.ok(tally.expired > 0, 'notifications expired')
    t.ok(tally.told > 0, 'senders were told of the ends of notifications')
    t.ok(tally.lostUnseen > 0, 'the honest limit of ack=auto was met')
    t.comment(JSON.stringify(tally))
  })

  t.test('seeds that once found something find nothing', async (t) => {
    for (const [seed, found] of Object.entries(seeds[mode])) {
      const { finding } = await play({ mode, seeds: [Number(seed)] })
      t.equal(finding, null, `${found}${finding ? `\n${finding.description}` : ''}`)
    }
  })

  t.test('the same seed plays the same run', async (t) => {
    const core = await loadCore(mode)
    for (const seed of [7, 77, 777]) {
      t.strictSame(scheduleOf(mode, seed), scheduleOf(mode, seed))
      const schedule = scheduleOf(mode, seed)
      t.strictSame(await run(schedule, { core }), await run(schedule, { core }))
    }
  })

  t.test('without faults every notification for a client that polls arrives once, and none is lost', async (t) => {
    const { tally, finding } = await play({
      mode,
      seeds: { from: howMany + 1, howMany: Math.ceil(howMany * 0.3) },
      faultless: true,
    })
    t.equal(finding?.description, undefined)
    t.ok(tally.runs > 0)
    t.equal(tally.lostUnseen + tally.lostByMove, 0)
  })

  t.test('with ack=next nothing is ever lost', async (t) => {
    const { tally, finding } = await play({ mode, seeds: { from: 1, howMany: Math.ceil(howMany * 0.15) }, ack: 'next' })
    t.equal(finding?.description, undefined)
    t.equal(tally.lostUnseen + tally.lostByMove, 0)
  })
}
