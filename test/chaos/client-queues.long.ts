import t from 'tap'
import { shortRun } from './short-run.ts'

t.test('mode 2: nothing is lost while processes are killed and paused, connections cut and calls failed', async (t) => {
  await shortRun(t, 2, [
    { atMs: 500, kind: 'kill instance', forMs: 500 },
    { atMs: 1_500, kind: 'cut connections', forMs: null },
    { atMs: 2_000, kind: 'SQS errors', forMs: 1_500 },
    { atMs: 3_000, kind: 'cut connections', forMs: null },
    // Longer than a lease: what it holds is somebody else's when it wakes up.
    { atMs: 3_500, kind: 'pause instance', forMs: 5_500 },
    { atMs: 4_500, kind: 'SQS answers lost', forMs: 1_000 },
    { atMs: 6_000, kind: 'cut connections', forMs: null },
    { atMs: 7_000, kind: 'pause SQS', forMs: 1_000 },
    { atMs: 8_500, kind: 'drain instance', forMs: null },
    { atMs: 9_500, kind: 'cut connections', forMs: null },
  ])
})
