import t from 'tap'
import { polledStarts } from './polled-starts.ts'

t.setTimeout(1_200_000)

t.test('thirty instances that are polled from their first moment start under one id', (t) =>
  polledStarts(t, 'random', 30),
)

t.test('thirty instances with a fixed id that are polled from their first moment start and stay', (t) =>
  polledStarts(t, 'fixed', 30),
)
