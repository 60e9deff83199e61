import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { bareTarget } from '../../scripts/bench/bare-target.ts'
import { Fleet } from '../../scripts/bench/fleet.ts'

t.test('a server that answers the wrong client is detected', async (t) => {
  const target = await bareTarget(['token', 'token'])()
  t.teardown(() => target.stop())
  // Each client polls with the token of the other.
  const fleet = new Fleet({ ...target, pollOf: (client) => target.pollOf(1 - client) }, 2)
  t.teardown(() => fleet.close())
  await fleet.connect(2)
  fleet.publish(0)
  while (fleet.ledger.close().misdelivered === 0) await pause(5)
  t.match(fleet.ledger.close(), { published: 1, delivered: 0, lost: 1, misdelivered: 1 })
})

t.test('a server that has ended is reported', async (t) => {
  const target = await bareTarget(['token'])()
  t.teardown(() => target.stop())
  const fleet = new Fleet(target, 1)
  t.teardown(() => fleet.close())
  await fleet.connect(1)
  process.kill(target.pids[0] ?? 0, 'SIGKILL')
  fleet.publish(0)
  await t.rejects(fleet.settle(new AbortController().signal), /bare: .*(closed|failed|ended)/s)
})
