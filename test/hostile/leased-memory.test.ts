import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { startInstanceQueueWorld } from '../support/instance-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'

const maxLeasedBytes = 4_194_304
/** Much less than the 30 s after which leases end: without shares, receiving stops for so long. */
const promptMs = 20_000

t.test('greedy and absent clients fill no instance, and delay no other client', { timeout: 180_000 }, async (t) => {
  const world = withInstancesHere(await startInstanceQueueWorld(t))
  const service = await world.service(t, {
    MAX_LEASED_BYTES: String(maxLeasedBytes),
    SQS_VISIBILITY_TIMEOUT_SECONDS: '30',
    SQS_MAX_RECEIVE_COUNT: '1000',
  })
  const greedy = Array.from({ length: 14 }, (_, i) => `greedy-${i}`)
  await Promise.all(greedy.map((clientId) => world.poll(service, clientId, 'wait=0')))
  const queueUrl = await world.queueOf(service, 'greedy-0')
  const body = 'x'.repeat(40_000)
  const addressees = [...greedy, 'absent-0', 'absent-1']
  for (let i = 0; i < 15; i++) {
    await Promise.all(addressees.map((clientId) => world.send(queueUrl, clientId, `${i} ${body}`)))
  }
  const held = world.poll(service, 'bystander', 'wait=60')
  const sentAt = performance.now()
  const id = await world.publish(service, 'bystander', 'a small one')
  t.match((await held).notifications, [{ id }])
  const ms = performance.now() - sentAt
  t.ok(ms < promptMs, `after ${Math.round(ms)} ms`)
  const leased = await world.metric(service, 'leased_bytes')
  t.ok(leased <= maxLeasedBytes, `${leased} bytes are leased`)
  t.ok((await world.metric(service, 'absent_leased_bytes')) <= maxLeasedBytes / 4)
  t.ok((await world.metric(service, 'held_back_total')) > 0)
  t.equal(
    service.all('memory for leased notifications is short: some are left in their queue or table until there is room')
      .length,
    1,
  )
})

t.test('clients that return with large backlogs get all of them within the memory', { timeout: 180_000 }, async (t) => {
  const world = withInstancesHere(await startInstanceQueueWorld(t))
  const service = await world.service(t, { MAX_LEASED_BYTES: String(maxLeasedBytes) })
  const [clients, rows] = [10, 20]
  await world.sql(t)`
    insert into pending_notifications (id, client_id, subject, body, created_at, expires_at)
    select gen_random_uuid(), 'client-' || c, 's', convert_to(r || repeat('x', 40000), 'UTF8'), now(), now() + interval '1 hour'
    from generate_series(0, ${clients - 1}::int) as c, generate_series(1, ${rows}::int) as r`
  let most = 0
  let done = 0
  const watch = async () => {
    while (done < clients) {
      most = Math.max(most, await world.metric(service, 'leased_bytes'))
      await pause(50)
    }
  }
  const fetchAll = async (clientId: string) => {
    const got = new Set<string>()
    for (let cursor = ''; got.size < rows; ) {
      const page = await world.next(service, clientId, `wait=10&limit=100&ack=next${cursor && `&cursor=${cursor}`}`)
      for (const { id } of page.notifications) got.add(id)
      cursor = page.cursor
    }
    done += 1
    return got.size
  }
  const counts = await Promise.all([...Array.from({ length: clients }, (_, i) => fetchAll(`client-${i}`)), watch()])
  t.same(counts.slice(0, clients), Array(clients).fill(rows))
  t.ok(most <= maxLeasedBytes, `${most} bytes at most`)
})
