import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import type { ServiceProcess } from '../../support/service-process.ts'
import type { startWorld } from '../../support/world.ts'
import { type Account, accountOf, type Period } from './account.ts'
import { watchMachine } from './machine-lateness.ts'
import { type Arrival, SteadyClient } from './steady-client.ts'
import { SteadySender } from './steady-sender.ts'

type Owner = Pick<Test, 'teardown'>
type World = Awaited<ReturnType<typeof startWorld>>
/** Starts a balancer in front of two instances. */
export type StartBalancer = (
  t: Owner,
  instances: readonly { readonly url: string }[],
) => Promise<{ readonly url: string }>

const clientCount = 100
const perSecond = 40
/** Between a start and the next restart: the successor serves meanwhile. */
const settleMs = 1_500

/** One restart of one instance, until its successor has served for a while. */
export interface Restart extends Period {
  readonly exit: number | string
}

/** Two instances behind a balancer, a hundred clients and forty notifications a second, until the test is over. */
export async function startDeployment(t: Owner, world: World, startBalancer: StartBalancer) {
  const settings = await world.freshDatabase()
  const instances = [await world.peer(t, settings), await world.peer(t, settings)]
  const balancer = await startBalancer(t, instances)
  const machine = watchMachine(t)
  const arrivals: Arrival[] = []
  const clients = Array.from({ length: clientCount }, (_, i) => {
    const clientId = `client-${i}`
    return new SteadyClient({
      clientId,
      url: balancer.url,
      headers: world.bearer(clientId),
      arrived: (arrival) => arrivals.push(arrival),
    })
  })
  t.teardown(async () => {
    for (const client of clients) client.stop()
    await Promise.all(clients.map(({ ended }) => ended))
  })
  // The test has begun when all are recorded.
  for (const { clientId } of clients) await world.queueOf(balancer, clientId)
  const sender = new SteadySender({ world, url: balancer.url, clients, perSecond })
  t.teardown(() => sender.stop())

  async function start(url: string): Promise<ServiceProcess> {
    const { port, hostname } = new URL(url)
    return world.service(t, { ...settings, PORT: port, HOST: hostname, INSTANCE_ADDRESS: url })
  }

  return {
    machine,
    arrivals,
    sender,
    troubles: () => clients.flatMap(({ troubles }) => troubles),

    /** Only traffic. */
    async calm(ms: number) {
      const from = Date.now()
      await pause(ms)
      return { from, to: Date.now() }
    },

    /** Ends instances in turn, each by this signal, and starts a new process at the same address when it is over. */
    async restart(signal: NodeJS.Signals, times: number): Promise<readonly Restart[]> {
      const restarts: Restart[] = []
      for (let n = 0; n < times; n++) {
        const former = instances[n % 2]
        if (former === undefined) throw new Error('there are two instances')
        const from = Date.now()
        former.signal(signal)
        const exit = await former.ended
        instances[n % 2] = await start(former.url)
        await pause(settleMs)
        restarts.push({ from, to: Date.now(), exit })
        // Notifications that are sent now belong to no restart.
        await pause(settleMs)
      }
      return restarts
    },

    /** Stops sending, and waits until everything has arrived. */
    async finish(): Promise<void> {
      await sender.stop()
      const arrived = () => new Set(arrivals.map(({ id }) => id))
      await until(
        () => {
          const ids = arrived()
          return [...sender.sent.keys()].every((id) => ids.has(id))
        },
        { everyMs: 200 },
      )
      // A second copy of the last ones would come now.
      await pause(settleMs)
    },

    account(period: Period, ordinaryMs: number): Account {
      const { sent, wrongLookUps } = sender
      return accountOf(period, { sent, arrivals, wrongLookUps, machine, ordinaryMs })
    },
  }
}
