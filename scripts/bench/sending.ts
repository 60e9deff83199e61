import { Fleet } from './fleet.ts'
import { type Latency, measureLatency } from './latency.ts'
import { cpuMsPerThousand } from './meter.ts'
import type { RatePlan } from './plans.ts'
import type { Bench } from './run.ts'
import type { SendersTarget } from './senders-target.ts'
import type { SendingRound } from './sending-report.ts'
import { type Way, ways } from './ways.ts'

/** Measures the ways to send, one after the other in each round, at the same instances and with the same clients. */
export async function runSending(
  { accounts, progress, leaving }: Bench,
  start: () => Promise<SendersTarget>,
  plan: RatePlan,
): Promise<SendingRound[]> {
  progress.step(`sending: starting two instances, ${plan.clients.toLocaleString('en')} clients`)
  const target = await start()
  const fleet = new Fleet(target, plan.clients)
  try {
    await fleet.connect(plan.clients)
    progress.step('sending: warming up')
    for (const way of ways) {
      target.sendBy(way)
      await measureLatency(fleet, { ...plan, windowMs: plan.runInMs }, progress)
      await fleet.settle(progress.signal)
    }
    const rounds: SendingRound[] = []
    for (let round = 1; round <= plan.pairs; round++) {
      const measured: Partial<Record<Way, Latency>> = {}
      for (const way of inTurn(round)) {
        progress.step(`sending ${round} of ${plan.pairs}, ${way}`)
        target.sendBy(way)
        const latency = await measureLatency(fleet, plan, progress)
        await fleet.settle(progress.signal)
        progress.result(`${cpuMsPerThousand(latency).toFixed(0)} ms of CPU per 1,000, p50 ${latency.p50.toFixed(1)} ms`)
        measured[way] = latency
      }
      rounds.push(measured as SendingRound)
    }
    accounts.add('service', fleet.ledger.close())
    accounts.unacknowledged += await target.unacknowledged()
    return rounds
  } finally {
    fleet.close()
    leaving.push(target.stop())
  }
}

/** Every way is first in some round, so that a machine that gets slower or faster favours none. */
function inTurn(round: number): Way[] {
  const first = (round - 1) % ways.length
  return [...ways.slice(first), ...ways.slice(0, first)]
}
