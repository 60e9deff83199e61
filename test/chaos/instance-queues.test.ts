import t from 'tap'
import { shortRun } from './short-run.ts'

// As in any suite that is alike in both modes, `npm test` plays one of them; the long run of each has more.

t.test('mode 1: nothing is lost when an instance and the database are killed, and connections are cut', async (t) => {
  await shortRun(t, 1, [
    { atMs: 500, kind: 'kill instance', forMs: 500 },
    { atMs: 1_500, kind: 'cut connections', forMs: null },
    { atMs: 2_000, kind: 'SQS errors', forMs: 500 },
    { atMs: 2_500, kind: 'kill database', forMs: 500 },
    { atMs: 3_500, kind: 'cut connections', forMs: null },
  ])
})
