import type { Test } from 'tap'
import { startWorld } from '../../support/world.ts'
import { type Account, line } from './account.ts'
import { type StartBalancer, startDeployment } from './deployment.ts'

/**
 * On a machine that is later than this, instances and clients wait for the processor longer than one instance waits for
 * the word of another: then copies and late notifications say nothing of the restart.
 */
const quietMs = 300
/** A process that is killed may have handed over what its client could not acknowledge any more, for so long. */
const unacknowledgedMs = 2_000

/** How often what happens. */
export interface Plan {
  readonly calmMs: number
  readonly restarts: number
  readonly kills: number
}

/**
 * Restarts two instances in turn behind the balancer, first by SIGTERM and then by SIGKILL: a restart delays no
 * notification, doubles none and hides no client; a kill loses none.
 */
export async function rollingRestarts(t: Test, startBalancer: StartBalancer, plan: Plan): Promise<void> {
  const world = await startWorld(t)
  const deployment = await startDeployment(t, world, startBalancer)
  const { sender, machine } = deployment
  await deployment.calm(2_000)
  const calm = await deployment.calm(plan.calmMs)
  const restarts = await deployment.restart('SIGTERM', plan.restarts)
  const troubles = [deployment.troubles(), [...sender.repeats]]
  const kills = await deployment.restart('SIGKILL', plan.kills)
  await deployment.finish()

  const ordinary = deployment.account(calm, 0)
  t.comment(line('without a restart', ordinary))
  t.equal(ordinary.lost, 0, 'nothing is lost without a restart')
  for (const [n, restart] of restarts.entries()) {
    const account = deployment.account(restart, ordinary.worstMs)
    t.comment(line(`restart ${n + 1}`, account))
    t.equal(restart.exit, 0, 'the instance has left in order')
    t.ok(account.sent > 0, 'notifications were sent meanwhile')
    t.equal(account.lost, 0, 'nothing is lost')
    judge(t, account)
  }
  t.comment(`troubles of clients, and repeats of senders: ${JSON.stringify(troubles.map(tally))}`)

  const firstArrivals = new Map([...deployment.arrivals].reverse().map(({ id, at }) => [id, at]))
  for (const [n, kill] of kills.entries()) {
    const account = deployment.account(kill, ordinary.worstMs)
    t.comment(line(`kill ${n + 1}`, account))
    t.equal(account.lost, 0, 'nothing is lost')
    const unexplained = account.twice.filter(({ id }) => {
      const first = firstArrivals.get(id) ?? 0
      return first < kill.from - unacknowledgedMs || first > kill.from + 100 + machine.worst(kill.from, first)
    })
    if (account.machineMs <= quietMs) {
      t.same(unexplained, [], 'only what a killed instance had just handed over comes twice')
    }
  }
}

/** Holds a restart to what is promised, unless the machine was too late for that. */
function judge(t: Test, { twice, wrongLookUps, lateByDeploy, machineMs }: Account): void {
  const skip = machineMs > quietMs && `the machine itself was late by up to ${machineMs} ms`
  t.same(twice, [], 'with ack=next nothing comes twice', { skip })
  t.equal(wrongLookUps, 0, 'no look-up says of a held client that it is offline', { skip })
  t.equal(lateByDeploy, 0, 'no notification is late', { skip })
}

function tally(entries: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const entry of entries) counts[entry] = (counts[entry] ?? 0) + 1
  return counts
}
