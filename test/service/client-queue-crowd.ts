import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { openClientQueueWorld } from '../support/client-queue-world.ts'
import { startSqsProcess } from '../support/sqs.ts'

/** Holds the polls of so many clients at one instance, each with a queue of its own, and serves all of them. */
export async function serveCrowd(t: Test, crowd: number): Promise<void> {
  const world = await openClientQueueWorld(t, await startSqsProcess(t))
  const service = await world.service(t)
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  t.teardown(() => agent.destroy())
  const hold = (clientId: string) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const headers = world.bearer(clientId)
      request(`${service.url}/notifications?wait=110`, { agent, headers }, async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve({ status: response.statusCode, text })
      })
        .on('error', reject)
        .end()
    })
  const memoryKiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1])
  t.equal((await world.poll(service, 'warm-up', 'wait=0')).status, 204)
  const before = memoryKiB()

  const clients = Array.from({ length: crowd }, (_, i) => `client-${i}`)
  const began = performance.now()
  const held = clients.map(hold)
  await until(async () => (await world.metric(service, 'sqs_receives_open')) >= crowd)
  t.comment(`held and receiving after ${Math.round(performance.now() - began)} ms`)
  t.comment(`${Math.round((memoryKiB() - before) / crowd)} KiB for each client`)
  t.equal(await world.metric(service, 'held_polls'), crowd)
  const perMinute = await world.metric(service, 'sqs_receives_per_minute')
  t.ok(perMinute >= crowd, `${perMinute} receives in this minute`)
  const dollars = await world.metric(service, 'sqs_receives_dollars_per_month')
  t.ok(dollars > 0, `${dollars} dollars a month`)

  for (let i = 0; i < crowd; i += 20) {
    await Promise.all(clients.slice(i, i + 20).map((name) => world.publish(service, name, `for ${name}`)))
  }
  for (const [i, poll] of held.entries()) {
    const { status, text } = await poll
    if (status !== 200 || !text.includes(`"body":"for client-${i}"`)) t.fail(`client ${i}: ${status} ${text}`)
  }
  // Deletes do not queue behind a thousand receives.
  await until(async () => (await world.metric(service, 'sqs_deleted_total')) >= crowd)
  t.equal(await world.metric(service, 'settlements_given_up_total'), 0)
}
