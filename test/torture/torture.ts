import type { Test } from 'tap'
import type { Fault } from '../support/fault-proxy.ts'
import type { Device } from './device.ts'
import { scenarios } from './scenarios.ts'
import { startTorture, type Torture, Trial } from './torture-world.ts'

/** A call that hangs takes seconds: those are tried on several benches at once. */
const shards: Record<Fault, number> = { hang: 3, late: 2, crash: 1, twice: 1, error: 1 }
/** Benches at once; what they do is mostly waiting. */
const maxBenches = 16
/** No delivery takes more calls than this, whatever else goes on meanwhile. */
const maxCalls = 60

const scenarioNames = Object.keys(scenarios) as (keyof typeof scenarios)[]

interface Outcome {
  /** The call that failed. */
  readonly call: string
  readonly clientId: string
  readonly received: Device['received']
}

interface Result {
  readonly outcomes: Outcome[]
  /** The notifications that bystanders have got. */
  readonly strayed: Device['received'][number][]
  failure: string | null
}

interface Bench {
  readonly scenario: keyof typeof scenarios
  readonly fault: Fault
  /** The numbers of the calls that fail here, one in each trial: the first, and how far apart. */
  readonly first: number
  readonly step: number
}

/** Fails every call of each delivery, one at a time, in each way, and looks that it arrives all the same. */
export function tortureWhole(t: Test): Promise<void> {
  return torture(
    t,
    (Object.entries(shards) as [Fault, number][]).flatMap(([fault, step]) =>
      scenarioNames.flatMap((scenario) =>
        Array.from({ length: step }, (_, i): Bench => ({ scenario, fault, first: 1 + i, step })),
      ),
    ),
  )
}

/** Fails every eighth call of each delivery in one of the ways. */
export function tortureBriefly(t: Test): Promise<void> {
  const faults = Object.keys(shards) as Fault[]
  const step = 8
  return torture(
    t,
    // Scenarios have much in common, so each begins with another call.
    scenarioNames.map((scenario, i) => ({
      scenario,
      fault: faults[i % faults.length] as Fault,
      first: 1 + (i % step),
      step,
    })),
  )
}

async function torture(t: Test, benches: readonly Bench[]): Promise<void> {
  const world = await startTorture(t)
  const results = new Map<Bench, Result>()
  const closing: Promise<void>[] = []
  const waiting = [...benches]
  await Promise.all(
    Array.from({ length: maxBenches }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const result: Result = { outcomes: [], strayed: [], failure: null }
        results.set(next, result)
        await failEachCall(world, next, result, closing).catch((error) => {
          result.failure = String(error)
        })
      }
    }),
  )
  world.release()
  await Promise.all(closing)

  for (const [{ scenario, fault, first }, { outcomes, strayed, failure }] of results) {
    t.test(`${scenario}: it arrives, whichever of its calls from ${first} on ends in "${fault}"`, async (t) => {
      t.equal(failure, null)
      for (const { call, clientId, received } of outcomes) {
        t.same(new Set(received.map(({ id }) => id)), new Set([clientId]), `${call}: ${received.length} times`)
        t.ok(
          received.every(({ addressee, body }) => addressee === clientId && body === `for ${clientId}`),
          'and is its own',
        )
      }
      t.same(strayed, [], 'nobody else gets anything')
    })
  }

  t.test('nothing has become a dead letter', async (t) => {
    t.equal(await world.deadLetters(), 0)
  })
}

async function failEachCall(
  world: Torture,
  { scenario, fault, first, step }: Bench,
  result: Result,
  closing: Promise<void>[],
): Promise<void> {
  const title = `${scenario}-${fault}-${first}`
  const bench = await world.bench(title, scenarios[scenario].mode)
  try {
    const { instances: count, hasIntake, run } = scenarios[scenario]
    const settings: Readonly<Record<string, string>> = hasIntake ? { SQS_INTAKE_QUEUE_URL: bench.intakeUrl } : {}
    const instances = await Promise.all(Array.from({ length: count }, () => bench.instance(settings)))
    const bystanders = instances.map(({ url }) => bench.device(url, 'bystander', 'auto'))
    for (let number = first; number < maxCalls; number += step) {
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
