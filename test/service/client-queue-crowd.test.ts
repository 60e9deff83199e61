import t from 'tap'
import { serveCrowd } from './client-queue-crowd.ts'

// Three times the number of sockets that the AWS SDK opens by default.
t.test('an instance holds and serves 150 clients', (t) => serveCrowd(t, 150))
