import { readFileSync } from 'node:fs'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryMode } from '../support/modes.ts'
import type { World } from '../support/service-world.ts'

const mebibyte = 1_048_576
/** As large as a message may be with the attributes that the tests give it. */
const body = 'x'.repeat(mebibyte - 1_024)
/** Eight receives of ten messages. */
const messages = 80
const maxLeasedBytes = 32 * mebibyte
/** The leases take 32 MiB; responses that are read, sends that are written, and garbage that is not collected yet take more. */
const maxMoreMebibytes = 400

/** The most memory that the process has had so far, in MiB. */
function peakOf(pid: number): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1_024
}

inEveryMode(t, async (t, world) => {
  t.setTimeout(240_000)
  const settings = {
    MAX_LEASED_BYTES: String(maxLeasedBytes),
    SQS_VISIBILITY_TIMEOUT_SECONDS: '3',
    SQS_MAX_RECEIVE_COUNT: '1000',
  }

  t.test('an instance reads eighty messages of a MiB for its clients within a bound', async (t) => {
    const service = await world.service(t, { ...settings, ...(await world.apart()) })
    const before = peakOf(service.pid)
    const clients = Array.from({ length: messages / 10 }, (_, i) => `client-${i}`)
    for (const clientId of clients) {
      await sendTen(world, await world.queueBefore(service, clientId), clientId)
    }
    const got = await Promise.all(clients.map((clientId) => fetchTen(world, service, clientId)))
    t.same(
      got,
      clients.map(() => 10),
      'every client gets all of them',
    )
    const more = peakOf(service.pid) - before
    t.comment(`${Math.round(more)} MiB more at the peak`)
    t.ok(more <= maxMoreMebibytes, `${Math.round(more)} MiB more at the peak`)
    t.ok((await world.metric(service, 'leased_bytes')) <= maxLeasedBytes)
  })

  t.test('an instance passes eighty messages of a MiB on from the intake queue within a bound', async (t) => {
    const intake = await world.sqs.createQueue('large', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: world.deadLetters.arn, maxReceiveCount: 1_000 }),
    })
    const service = await world.service(t, { ...settings, ...(await world.apart()), SQS_INTAKE_QUEUE_URL: intake.url })
    const before = peakOf(service.pid)
    for (let i = 0; i < messages / 10; i++) await sendTen(world, intake.url, `away-${i}`)
    await until(async () => (await world.sqs.count(intake.url)).all === 0)
    const more = peakOf(service.pid) - before
    t.comment(`${Math.round(more)} MiB more at the peak`)
    t.ok(more <= maxMoreMebibytes, `${Math.round(more)} MiB more at the peak`)
    t.equal(await fetchTen(world, service, 'away-0'), 10, 'and they wait for their client')
  })
})

async function sendTen(world: World, queueUrl: string, clientId: string): Promise<void> {
  for (let i = 0; i < 10; i++) await world.sqs.send(queueUrl, body, { addressee: clientId, subject: `${i}` })
}

/** Fetches until ten different ones have come; returns how many there were. */
async function fetchTen(world: World, service: Parameters<World['next']>[0], clientId: string): Promise<number> {
  const ids = new Set<string>()
  for (let cursor = ''; ids.size < 10; ) {
    const page = await world.next(service, clientId, `wait=20&ack=next${cursor && `&cursor=${cursor}`}`)
    for (const {
      id,
      body: { length },
    } of page.notifications)
      if (length === body.length) ids.add(id)
    cursor = page.cursor
  }
  return ids.size
}
