import type { Test } from 'tap'
import type { Here } from '../support/service-here.ts'
import type { World } from '../support/service-world.ts'

/** Sends so many messages to a client that polls again and again, which gets each of them once. */
export async function getEachOnce(t: Test, world: Here<World>, total: number): Promise<void> {
  const service = await world.service(t)
  await world.poll(service, 'alice', 'wait=0')
  const queueUrl = await world.queueOf(service, 'alice')
  const sent = new Set<string>()
  const got: string[] = []
  const sending = (async () => {
    const sender = async () => {
      while (sent.size < total) {
        const body = `message number ${sent.size}`
        sent.add(body)
        await world.send(queueUrl, 'alice', body)
      }
    }
    await Promise.all([sender(), sender(), sender(), sender()])
  })()
  const polling = (async () => {
    while (got.length < total) {
      const { notifications } = await world.next(service, 'alice', 'wait=5')
      got.push(...notifications.map(({ body }) => body))
    }
  })()
  await Promise.all([sending, polling])
  t.equal(new Set(got).size, total, 'no message is lost')
  t.equal(got.length, total, 'no message comes twice')
  t.ok(
    got.every((body) => sent.has(body)),
    'every message was sent',
  )
  await world.emptied(service, 'alice')
  t.equal((await world.poll(service, 'alice', 'wait=0')).status, 204)
}
