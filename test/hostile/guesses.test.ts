import t from 'tap'
import { startInstanceQueueWorld } from '../support/instance-queue-world.ts'
import { guess } from './guesses.ts'

const world = await startInstanceQueueWorld(t)

// Each guess costs a look into the database. The long run adds the cheaper kinds, and lasts for more than a heartbeat.
t.test('a hundred sockets of callback ids keep no newcomer waiting', (t) => guess(t, world, 'callback ids', 2_000))
