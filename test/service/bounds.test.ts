import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'
import type { Problem } from '../support/world.ts'

inEveryModeHere(t, async (t, world) => {
  t.test('a poll beyond MAX_POLLS_PER_CLIENT is refused, and held polls are not affected', async (t) => {
    const service = await world.service(t, { MAX_POLLS_PER_CLIENT: '2' })
    const held = [world.poll(service, 'alice'), world.poll(service, 'alice')]
    await world.holds(service, 2)
    for (let i = 0; i < 3; i++) {
      const refused = await world.poll(service, 'alice', 'wait=20')
      t.equal(refused.status, 429)
      t.equal(refused.json<Problem>().error, 'ERROR_TOO_MANY_REQUESTS')
      t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
    }
    const other = world.poll(service, 'bob')
    await world.holds(service, 3)
    const id = await world.publish(service, 'alice', 'for both')
    for (const answer of await Promise.all(held)) t.match(answer.notifications, [{ id }])
    await world.publish(service, 'bob', 'for the other client')
    t.equal((await other).status, 200)
    t.equal((await world.poll(service, 'alice', 'wait=0')).status, 204, 'a poll is accepted again')
  })

  t.test('a poll beyond MAX_HELD_POLLS is refused, and held polls are not affected', async (t) => {
    const service = await world.service(t, { MAX_HELD_POLLS: '3' })
    const held = ['a', 'b', 'c'].map((clientId) => world.poll(service, clientId))
    await world.holds(service, 3)
    const refused = await world.poll(service, 'd', 'wait=0')
    t.equal(refused.status, 429)
    t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
    t.equal((await world.readiness(service)).status, 200, 'the instance is ready all the same')
    await Promise.all(['a', 'b', 'c'].map((clientId) => world.publish(service, clientId, `only for ${clientId}`)))
    for (const answer of await Promise.all(held)) t.equal(answer.status, 200)
    t.equal((await world.poll(service, 'd', 'wait=0')).status, 204)
  })

  t.test('receiving pauses at MAX_LEASED_BYTES until leases end', async (t) => {
    // A megabyte, of which one client may use a quarter; SQS shows the other messages again after the visibility
    // timeout.
    const service = await world.service(t, {
      MAX_LEASED_BYTES: '1048576',
      SQS_VISIBILITY_TIMEOUT_SECONDS: '2',
      SQS_MAX_RECEIVE_COUNT: '1000',
      AUTO_ACK_GRACE_MS: '100',
    })
    await world.poll(service, 'greedy', 'wait=0')
    const queueUrl = await world.queueOf(service, 'greedy')
    const body = `a long body ${'x'.repeat(12_000)}`
    await Promise.all(Array.from({ length: 20 }, (_, i) => world.send(queueUrl, 'greedy', `${body} ${i}`)))
    const held = world.poll(service, 'modest')
    await world.publish(service, 'modest', 'a small one')
    t.equal((await held).status, 200, 'one client cannot use the share of the others')
    t.ok((await world.metric(service, 'leased_bytes')) <= 1_048_576)
    const got = new Set<string>()
    while (got.size < 20) {
      const { notifications } = await world.next(service, 'greedy', 'wait=5&limit=100')
      for (const { id } of notifications) got.add(id)
    }
    t.equal(got.size, 20, 'no message is lost')
  })
})
