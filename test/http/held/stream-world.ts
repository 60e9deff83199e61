import type { Test } from 'tap'
import { systemClock } from '../../../src/adapters/clock.ts'
import { loadContract, operations } from '../../../src/contract/document.ts'
import { Lease } from '../../../src/delivery/lease.ts'
import { Mailboxes } from '../../../src/delivery/mailboxes.ts'
import { ownAcknowledgements } from '../../../src/delivery/peers/acknowledgements.ts'
import type { Sessions } from '../../../src/delivery/sessions.ts'
import { awaitNotifications } from '../../../src/handlers/await-notifications.ts'
import { streamNotifications } from '../../../src/handlers/stream-notifications.ts'
import { createApp } from '../../../src/http/app.ts'
import { contractRoutes } from '../../../src/http/contract-routes.ts'
import { type Handlers, wire } from '../../../src/http/wire.ts'
import { notificationFor } from '../../delivery/world.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const contract = loadContract()
const routes = contractRoutes(contract)

/** Starts the core behind real sockets. The regular look at the connections has a clock of its own. */
export async function start(t: Test, announce: Sessions['announce'] = async () => []) {
  const clock = new FakeClock(1_000_000)
  const mailboxes = new Mailboxes({
    clock: systemClock,
    timeOfDay: Date.now,
    sessions: { announce, forget: async () => {} },
    random: Math.random,
    identity: { id: 'a1' },
    epoch: 'e1',
    bounds: { maxHeldPolls: 10, maxPollsPerClient: 10, maxLeasedBytes: 1e9, lingerMs: 50, graceMs: 300 },
  })
  const log = { error() {}, warn() {}, debug() {} }
  const app = createApp({ clock, maxBodyBytes: 1_024, log })
  t.teardown(() => app.close())
  t.teardown(async () => {
    await mailboxes.drain(0)
    mailboxes.releaseAll()
  })
  const claims = { clientId: 'alice', scopes: new Set<string>(), expiresAtMs: Date.now() + 3_600_000 }
  const acknowledgements = ownAcknowledgements(mailboxes, () => {})
  const others = [...operations(contract.document)].map(({ operationId }) => [
    operationId,
    async () => ({ status: 204 }),
  ])
  await wire(app, {
    routes,
    verify: () => claims,
    isCallbackId: () => true,
    newcomers: { areRefused: () => false, isHere: () => false },
    log,
    streams: {
      handle: streamNotifications({ mailboxes, acknowledgements, now: Date.now, maxWaitSeconds: 600 }),
      redeem: async () => claims,
      clock,
      origins: [],
      publicUrl: null,
    },
    handlers: {
      ...Object.fromEntries(others),
      awaitNotifications: awaitNotifications({
        ...{ mailboxes, now: Date.now, random: Math.random },
        ...{ defaultWaitSeconds: 25, maxWaitSeconds: 600 },
      }),
    } as unknown as Handlers,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const ended = new Map<string, string>()
  const source = {
    kind: 'instance-queue' as const,
    shared: false,
    acknowledge: ({ key }: Lease) => void ended.set(key, 'acknowledged'),
    release: ({ key }: Lease) => void ended.set(key, 'released'),
  }
  return {
    url,
    clock,
    mailboxes,
    /** The ending of each lease, by key. */
    ended,
    offer(keys: readonly string[], body = 'hello') {
      const expiresAt = systemClock.now() + 60_000
      mailboxes.offer(
        keys.map((key) => {
          const notification = notificationFor('alice', { id: key, body })
          return new Lease({ key, notification, source, receipt: null, deliveryCount: 1, expiresAt, lengthMs: 60_000 })
        }),
      )
    },
    async poll(query = 'wait=0') {
      const response = await fetch(`${url}/notifications?${query}`)
      if (response.status !== 200) return []
      const { notifications } = (await response.json()) as { notifications: { id: string }[] }
      return notifications.map(({ id }) => id)
    },
  }
}
