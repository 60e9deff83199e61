import t from 'tap'
import { serveCrowd } from './client-queue-crowd.ts'

t.test('an instance holds and serves a thousand clients', (t) => serveCrowd(t, 1_000))
