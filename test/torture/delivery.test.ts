import t from 'tap'
import type { Fault } from '../support/fault-proxy.ts'
import type { Device } from './device.ts'
import { scenarios } from './scenarios.ts'
import { startTorture, Trial } from './torture-world.ts'

/** A call that hangs takes seconds: those are tried on several benches at once. */
const shards: Record<Fault, number> = { hang: 3, crash: 1, error: 1 }
/** Benches at once; what they do is mostly waiting. */
const maxBenches = 16
/** No delivery takes more calls than this, whatever else goes on meanwhile. */
const maxCalls = 60

interface Outcome {
  /** The call that failed. */
  readonly call: string
  readonly clientId: string
  readonly received: Device['received']
}

interface Bench {
  readonly title: string
  readonly scenario: keyof typeof scenarios
  readonly fault: Fault
  readonly shard: number
}

const torture = await startTorture(t)
const benches = (Object.entries(shards) as [Fault, number][]).flatMap(([fault, count]) =>
  (Object.keys(scenarios) as Bench['scenario'][]).flatMap((scenario) =>
    Array.from(
      { length: count },
      (_, shard): Bench => ({ title: `${scenario}-${fault}-${shard}`, scenario, fault, shard }),
    ),
  ),
)
const results = new Map<string, { outcomes: Outcome[]; strayed: Device['received'] }>()
const failures: { title: string; error: unknown }[] = []
const closing: Promise<void>[] = []
const waiting = [...benches]
await Promise.all(
  Array.from({ length: maxBenches }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { title } = next
      await failEachCall(next).catch((error) => failures.push({ title, error }))
    }
  }),
)
torture.release()
await Promise.all(closing)

for (const scenario of Object.keys(scenarios)) {
  for (const fault of Object.keys(shards)) {
    t.test(`${scenario}: it arrives, whichever one of its calls ends in "${fault}"`, async (t) => {
      for (const { title, error } of failures) if (title.startsWith(`${scenario}-${fault}-`)) t.fail(String(error))
      for (const [title, { outcomes, strayed }] of results) {
        if (!title.startsWith(`${scenario}-${fault}-`)) continue
        for (const { call, clientId, received } of outcomes) {
          t.same(new Set(received.map(({ id }) => id)), new Set([clientId]), `${call}: ${received.length} times`)
          t.ok(
            received.every(({ addressee, body }) => addressee === clientId && body === `for ${clientId}`),
            'and is its own',
          )
        }
        t.same(strayed, [], 'nobody else gets anything')
      }
    })
  }
}

t.test('nothing has become a dead letter', async (t) => {
  t.equal(await torture.deadLetters(), 0)
})

async function failEachCall({ title, scenario, fault, shard }: Bench): Promise<void> {
  const bench = await torture.bench(title)
  try {
    const { instances: count, run } = scenarios[scenario]
    const instances = await Promise.all(Array.from({ length: count }, () => bench.instance()))
    const bystanders = instances.map(({ url }) => bench.device(url, 'bystander', 'auto'))
    const result = { outcomes: [] as Outcome[], strayed: [] as Device['received'] }
    results.set(title, result)
    for (let number = 1 + shard; number < maxCalls; number += shards[fault]) {
      const clientId = `${title}-${number}`
      const trial = new Trial(fault, number)
      const client = await run({ bench, instances, trial, clientId })
        .catch((cause) => Promise.reject(new Error(`call ${number}, ${trial.failed}: ${cause}`, { cause })))
        .finally(() => bench.end())
      await client.stop()
      const call = trial.failed ?? 'none'
      result.outcomes.push({ call: `call ${number}, ${call}`, clientId, received: client.received })
      if (trial.failed === null) break
    }
    await Promise.all(bystanders.map((bystander) => bystander.stop()))
    for (const { received } of bystanders) result.strayed.push(...received)
  } finally {
    // It takes its time to leave; the next bench need not wait for that.
    closing.push(bench.close())
  }
}
