import t from 'tap'
import { fuzz } from '../fuzz/run.ts'
import { startFuzzWorld } from '../fuzz/world.ts'

/** Every run has the same requests, so that a failure here is one everywhere; `npm run fuzz` tries others. */
const seed = 20_261_127

for (const mode of [1, 2] as const) {
  t.test(`every answer to 1,000 fuzzed requests is as in the contract, in mode ${mode}`, async (t) => {
    const { target, known } = await startFuzzWorld(t, mode)
    const { statuses, findings } = await fuzz(target, { runs: 1_000, seed: seed + mode, known })
    t.same(findings, [])
    const answered = (status: number) => [...statuses.keys()].filter((name) => name.endsWith(` ${status}`)).length
    for (const status of [200, 202, 400, 401]) t.ok(answered(status) > 0, `some were answered ${status}`)
    t.ok(statuses.has('awaitNotifications held'), 'and some were held')
  })
}
