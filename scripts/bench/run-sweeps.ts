import { Fleet } from './fleet.ts'
import { type Latency, measureLatency } from './latency.ts'
import type { Plan } from './plans.ts'
import type { Growth, SemiSpace, UsualRound, UsualServer } from './results.ts'
import type { Bench } from './run.ts'
import { measureGrowth, measureSized, type Sized, type Stage } from './sweep.ts'
import type { StartTarget } from './target.ts'

/** Measures open loops at the usual rates. All servers run all the time; one after the other is measured. */
export async function runUsual(bench: Bench, plan: Plan['usual']): Promise<UsualRound[]> {
  const { targets, accounts, progress, leaving } = bench
  await using started = new AsyncDisposableStack()
  const open = async (name: string, start: StartTarget): Promise<Fleet> => {
    progress.step(`usual, ${name}: starting, ${plan.clients.toLocaleString('en')} clients`)
    const target = await start()
    started.defer(() => void leaving.push(target.stop()))
    const fleet = new Fleet(target, plan.clients)
    started.defer(() => fleet.close())
    await fleet.connect(plan.clients)
    return fleet
  }
  const fleets: Readonly<Record<UsualServer, Fleet>> = {
    bare: await open('bare', targets.bare),
    queue: await open('queue', targets.service),
    http: await open('HTTP', targets.publishing),
  }
  const rounds: UsualRound[] = []
  for (const rate of plan.rates) {
    for (let pair = 1; pair <= plan.pairs; pair++) {
      const measure = async (name: UsualServer): Promise<Latency> => {
        progress.step(`usual, ${rate}/s, ${pair} of ${plan.pairs}, ${name}`)
        const latency = await measureLatency(fleets[name], { ...plan, rate }, progress)
        await fleets[name].settle(progress.signal)
        const { serverCores, p50, p99 } = latency
        progress.result(`${serverCores.toFixed(2)} cores, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`)
        return latency
      }
      rounds.push({ rate, bare: await measure('bare'), queue: await measure('queue'), http: await measure('http') })
    }
  }
  accounts.add('bare', fleets.bare.ledger.close())
  for (const fleet of [fleets.queue, fleets.http]) {
    accounts.add('service', fleet.ledger.close())
    accounts.unacknowledged += await fleet.target.unacknowledged()
  }
  return rounds
}

/** Measures first the bare server and then the service: together their clients would be more than a process can have. */
export async function runGrowth(
  { targets, accounts, progress, leaving }: Bench,
  plan: Plan['growth'],
): Promise<Growth> {
  const grow = async (name: 'bare' | 'service'): Promise<Stage[]> => {
    progress.step(`growth, ${name}`)
    const onAccount = accounts.add.bind(accounts, name)
    const stages = await measureGrowth(targets[name], plan, { progress, leaving, onAccount })
    const last = stages.at(-1)
    progress.result(
      `${last?.clients.toLocaleString('en')} clients, ${Math.round((last?.residentKiB ?? 0) / 1_024)} MiB`,
    )
    return stages
  }
  return { bare: await grow('bare'), service: await grow('service') }
}

/** Measures the service with each size of the young generation, and the bare server with Node's default. */
export async function runSemiSpace(
  { targets, accounts, progress, leaving }: Bench,
  plan: Plan['semi-space'],
  withFlags: (nodeFlags: readonly string[]) => StartTarget,
): Promise<SemiSpace> {
  const measure = async (name: 'bare' | 'service', title: string, start: StartTarget): Promise<Sized> => {
    progress.step(`semi-space, ${title}`)
    const onAccount = accounts.add.bind(accounts, name)
    const sized = await measureSized(start, plan, { progress, leaving, onAccount })
    const { load, latency, kiBPerPoll } = sized
    const perCpuSecond = Math.round(load.deliveriesPerCpuSecond).toLocaleString('en')
    progress.result(`${perCpuSecond} per CPU second, ${kiBPerPoll.toFixed(1)} KiB, p99 ${latency.p99.toFixed(1)} ms`)
    return sized
  }
  const bare = await measure('bare', 'bare', targets.bare)
  const service: (Sized & { size: number })[] = []
  for (const size of plan.sizes) {
    const start = withFlags([`--max-semi-space-size=${size}`])
    service.push({ size, ...(await measure('service', `${size} MiB`, start)) })
  }
  return { bare, service }
}
