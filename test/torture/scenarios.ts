import type { Device } from './device.ts'
import { type Bench, eventually, type Instance, type Trial } from './torture-world.ts'

interface Needs {
  readonly bench: Bench
  readonly instances: readonly Instance[]
  readonly trial: Trial
  readonly clientId: string
}

/** One delivery from beginning to end; rejects when that does not come. The client is still polling afterwards. */
interface Scenario {
  readonly instances: number
  run(needs: Needs): Promise<Device>
}

/** The ways of a notification. */
export const scenarios = {
  auto: { instances: 1, run: (needs) => deliver('auto', needs) },
  next: { instances: 1, run: (needs) => deliver('next', needs) },
  moved: { instances: 2, run: deliverToOneThatMoved },
  fenced: { instances: 1, run: deliverThroughNewBeginning },
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

async function settled(bench: Bench, client: Device): Promise<Device> {
  await eventually(`${client.clientId} has got it`, async () => client.received.length > 0 || null)
  await eventually('the queues are empty', async () => (await bench.waiting()) === 0 || null)
  return client
}

function at(instances: readonly Instance[], index: number): Instance {
  const instance = instances[index]
  if (!instance) throw new Error('the scenario was not given its instances')
  return instance
}
