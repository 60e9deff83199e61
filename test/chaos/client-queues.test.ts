import t from 'tap'
import { shortRun } from './short-run.ts'

t.test('mode 2: nothing is lost when an instance is killed, connections are cut and calls fail', async (t) => {
  await shortRun(t, 2, [
    { atMs: 500, kind: 'kill instance', forMs: 500 },
    { atMs: 1_500, kind: 'cut connections', forMs: null },
    { atMs: 2_000, kind: 'SQS errors', forMs: 500 },
    { atMs: 3_000, kind: 'SQS answers lost', forMs: 500 },
    { atMs: 3_500, kind: 'cut connections', forMs: null },
  ])
})
