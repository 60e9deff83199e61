import { newVapidKeys } from '../../src/adapters/push/vapid.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { startInstanceQueueWorld } from '../support/instance-queue-world.ts'
import type { Known } from './requests.ts'
import type { Target } from './run.ts'

const { publicKey, privateKey } = newVapidKeys()
/** Devices are registered; their endpoints are at public addresses alone, where no push arrives from here. */
const wakesDevices = {
  VAPID_PUBLIC_KEY: publicKey,
  VAPID_PRIVATE_KEY: privateKey,
  VAPID_SUBJECT: 'mailto:fuzz@example.org',
  WAKE_UP_WEBHOOK_URL: 'http://127.0.0.1:9/wake',
  WAKE_UP_WEBHOOK_SECRET: 'a secret of the fuzz',
}

interface Owner {
  teardown(release: () => unknown): unknown
}

/** An instance of this mode with everything around it, and credentials and ids that are good there. */
export async function startFuzzWorld(owner: Owner, mode: 1 | 2): Promise<{ target: Target; known: Known }> {
  const t = owner as Parameters<typeof startInstanceQueueWorld>[0]
  const world = mode === 1 ? await startInstanceQueueWorld(t) : await startClientQueueWorld(t)
  // The name that the contract has as its example.
  const receipts = { RECEIPT_QUEUES: `orders=${(await world.sqs.createQueue('order-receipts')).url}` }
  const service = await world.service(t, { ...receipts, ...(mode === 1 ? wakesDevices : {}) })
  const registration = await world.ask(service, '/registrations', {
    method: 'POST',
    headers: { ...world.bearer('fuzz'), 'content-type': 'application/json' },
    body: '{"subject":"fuzz.done","correlationId":"fuzz"}',
  })
  const { id, callbackUrl } = registration.json<{ id: string; callbackUrl: string }>()
  const everything = { scope: 'notifications:publish sessions:read' }
  const expired = { exp: Math.floor(Date.now() / 1000) - 60 }
  const authorizations = [
    world.bearer('fuzz', everything),
    world.bearer('fuzz'),
    world.bearer('fuzz', expired),
    world.bearer('fuzz', { exp: null }),
  ].map(({ authorization }) => authorization)
  const pathValues = ['fuzz', 'nobody', id, callbackUrl.slice(callbackUrl.lastIndexOf('/') + 1)]
  return { target: service, known: { authorizations, pathValues } }
}
