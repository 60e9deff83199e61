import t from 'tap'
import { shortRun } from './short-run.ts'

t.test('mode 1: nothing is lost while processes are killed, connections cut and calls failed', async (t) => {
  // Everything that can go wrong but a pause: what that does takes a fence of 20 s to show.
  await shortRun(t, 1, [
    { atMs: 500, kind: 'kill instance', forMs: 500 },
    { atMs: 1_500, kind: 'cut connections', forMs: null },
    { atMs: 2_500, kind: 'SQS errors', forMs: 1_500 },
    { atMs: 3_500, kind: 'cut connections', forMs: null },
    { atMs: 4_500, kind: 'kill database', forMs: 500 },
    { atMs: 6_500, kind: 'SQS answers lost', forMs: 1_000 },
    { atMs: 7_500, kind: 'cut connections', forMs: null },
    { atMs: 8_000, kind: 'drain instance', forMs: null },
    { atMs: 9_000, kind: 'cut connections', forMs: null },
  ])
})
