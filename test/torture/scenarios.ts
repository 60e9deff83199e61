import type { Device } from './device.ts'
import { type Bench, eventually, type Instance, type Trial } from './torture-world.ts'

interface Needs {
  readonly bench: Bench
  readonly instances: readonly Instance[]
  readonly trial: Trial
  readonly clientId: string
}

/** One delivery from beginning to end; rejects when that does not come. The client is still polling afterwards. */
export interface Scenario {
  readonly mode: 1 | 2
  /** Whether its instances receive from an intake queue. */
  readonly hasIntake: boolean
  readonly instances: number
  run(needs: Needs): Promise<Device>
}

/** The ways of a notification. */
export const scenarios = {
  auto: { mode: 1, hasIntake: false, instances: 1, run: (needs) => deliver('auto', needs) },
  next: { mode: 1, hasIntake: false, instances: 1, run: (needs) => deliver('next', needs) },
  moved: { mode: 1, hasIntake: false, instances: 2, run: deliverToOneThatMoved },
  fenced: { mode: 1, hasIntake: false, instances: 1, run: deliverThroughNewBeginning },
  intake: { mode: 1, hasIntake: true, instances: 2, run: deliverThroughIntake },
  stored: { mode: 1, hasIntake: true, instances: 2, run: deliverThroughIntakeLater },
  intake2: { mode: 2, hasIntake: true, instances: 2, run: deliverThroughIntake },
  stored2: { mode: 2, hasIntake: true, instances: 2, run: deliverThroughIntakeLater },
} satisfies Record<string, Scenario>

async function deliver(ack: 'auto' | 'next', { bench, instances, trial, clientId }: Needs): Promise<Device> {
  bench.begin(trial)
  const client = bench.device(at(instances, 0).proxied, clientId, ack)
  await bench.send(await bench.queueOf(clientId), clientId)
  return settled(bench, client)
}

/** The client has been at the first instance, and the publisher still believes so. */
async function deliverToOneThatMoved({ bench, instances, trial, clientId }: Needs): Promise<Device> {
  const [first, second] = [at(instances, 0), at(instances, 1)]
  const before = bench.device(first.url, clientId, 'next')
  const queueUrl = await bench.queueOf(clientId)
  await before.stop()
  bench.begin(trial)
  const client = bench.device(second.proxied, clientId, 'next')
  await eventually('the client has moved', async () => (await bench.queueOf(clientId)) !== queueUrl || null)
  await bench.send(queueUrl, clientId)
  return settled(bench, client)
}

/** The instance was taken for dead and begins anew, with its client held. */
async function deliverThroughNewBeginning({ bench, instances, trial, clientId }: Needs): Promise<Device> {
  const dead = await bench.fence()
  // The old queue, which the survivors drain, is another story.
  bench.begin(trial, ({ body }) => dead.some((id) => body.includes(id)))
  const client = bench.device(at(instances, 0).proxied, clientId, 'next')
  await bench.send(await bench.queueOf(clientId), clientId)
  return settled(bench, client)
}

/** The client is held at one of two instances, and either may receive what the intake queue has for it. */
async function deliverThroughIntake({ bench, instances, trial, clientId }: Needs): Promise<Device> {
  bench.begin(trial)
  const client = bench.device(at(instances, 0).proxied, clientId, 'next')
  await bench.send(bench.intakeUrl, clientId)
  return settled(bench, client)
}

/** The client comes when the intake queue has nothing for it any more: it is kept elsewhere by then. */
async function deliverThroughIntakeLater({ bench, instances, trial, clientId }: Needs): Promise<Device> {
  bench.begin(trial)
  await bench.send(bench.intakeUrl, clientId)
  await eventually('the intake queue is empty', async () => (await bench.inIntake()) === 0 || null)
  return settled(bench, bench.device(at(instances, 1).proxied, clientId, 'next'))
}

async function settled(bench: Bench, client: Device): Promise<Device> {
  await eventually(`${client.clientId} has got it`, async () => client.received.length > 0 || null)
  await eventually('nothing is left of it', async () => (await bench.waiting(client.clientId)) === 0 || null)
  return client
}

function at(instances: readonly Instance[], index: number): Instance {
  const instance = instances[index]
  if (!instance) throw new Error('the scenario was not given its instances')
  return instance
}
