import t from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import type { QueueReader } from '../../../src/adapters/sqs/queue-reader.ts'
import { ClientPollers } from '../../../src/modes/client-queue/pollers.ts'

/** Readers whose last receive runs out when the test says so. */
function world(maxClients = 10) {
  const opened: { clientId: string; runs: AbortSignal[]; runOut: () => void; say: (health: string) => void }[] = []
  const changes: unknown[] = []
  const pollers = new ClientPollers({
    clock: systemClock,
    maxClients,
    onHealth: (...change) => changes.push(change),
    open(clientId, say): QueueReader {
      const { promise, resolve } = Promise.withResolvers<void>()
      const it = { clientId, runs: [] as AbortSignal[], runOut: resolve, say }
      opened.push(it)
      return {
        run(signal) {
          it.runs.push(signal)
          return promise
        },
        settled: async () => {},
      }
    },
  })
  const start = async (clientId: string) => {
    const started = pollers.start(clientId)
    opened.at(-1)?.say('ok')
    await started
  }
  return { pollers, opened, changes, start }
}

t.test('a poller starts once, and is let go when its last receive has run out', async (t) => {
  const { pollers, opened, changes, start } = world()
  await start('alice')
  await pollers.start('alice')
  t.equal(opened.length, 1)
  t.equal(opened[0]?.runs.length, 1)
  pollers.stop('alice')
  t.equal(opened[0]?.runs[0]?.aborted, true)
  t.equal(pollers.size, 1, 'its last receive still runs')
  opened[0]?.runOut()
  await pollers.ended()
  t.equal(pollers.size, 0)
  t.same(changes, [
    ['alice', null, 'ok'],
    ['alice', 'ok', null],
  ])
})

t.test('a client that comes back before the last receive has run out goes on with the same poller', async (t) => {
  const { pollers, opened, start } = world()
  await start('alice')
  pollers.stop('alice')
  await pollers.start('alice')
  t.equal(opened.length, 1)
  t.equal(opened[0]?.runs.at(-1)?.aborted, false)
  opened[0]?.runOut()
  await pollers.ended()
  await start('alice')
  t.equal(opened.length, 2, 'and after that with another one')
})

t.test('a queue that does not answer holds its client up for a second, and not longer', async (t) => {
  const { pollers } = world()
  await pollers.start('alice')
  t.pass('its poll is held all the same')
})

t.test('one client more than there may be is refused, and so is everybody after the end', async (t) => {
  const { pollers, opened, start } = world(1)
  await start('alice')
  await t.rejects(pollers.start('bob'), { code: 'ERROR_TOO_MANY_REQUESTS' })
  pollers.stopAll()
  t.equal(opened[0]?.runs[0]?.aborted, true)
  await t.rejects(pollers.start('alice'), { code: 'ERROR_DRAINING' })
})
