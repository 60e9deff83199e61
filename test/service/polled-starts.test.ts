import t from 'tap'
import { polledStarts } from './polled-starts.ts'

t.test('an instance that is polled from its first moment starts under one id', (t) => polledStarts(t, 'random', 1))

t.test('an instance with a fixed id that is polled from its first moment starts and stays', (t) =>
  polledStarts(t, 'fixed', 1),
)
