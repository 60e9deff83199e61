import type { Device, WakeUpKind } from '../../delivery/intake/wake-ups.ts'
import { Refusal } from '../../delivery/refusal.ts'
import type { Claimed, WakeUpEnd } from '../postgres/wake-ups.ts'
import { publicAddresses } from './addresses.ts'
import { allowedEndpoint } from './endpoint.ts'
import { endOf } from './ends.ts'
import { HostLanes } from './host-lanes.ts'
import { type Answer, type Call, openPost } from './post.ts'
import type { VapidKeys } from './vapid.ts'
import { goneAtPushService, webPush } from './web-push.ts'
import { goneAtWebhook, wakeUpWebhook } from './webhook.ts'

/** The settings of how devices are woken. */
export interface WakingOptions {
  /** Null when browsers are not woken. */
  readonly vapid: VapidKeys | null
  /** The operator's sender; null when there is none. */
  readonly webhook: { readonly url: string; readonly secret: string } | null
  /** Whether push services may be at private addresses, and speak http. */
  readonly privateAddresses: boolean
  /** How long a notification waits for its client. */
  readonly ttlSeconds: number
  /** Where this service is reached; null when that is not known. */
  readonly publicUrl: string | null
  /** The name servers to ask instead of those of the machine. */
  readonly nameServers?: readonly string[]
  /** PEM of the authorities that are trusted; those of Node when absent. */
  readonly ca?: string
}

/** Wakes devices, by whichever way each of them is woken. */
export interface DeviceWaker {
  /** The kinds of devices that can be woken; none when nothing is set up. */
  readonly kinds: readonly WakeUpKind[]
  /** Returns the device as it is to be stored. Rejects with a `Refusal` when it cannot be woken, or may not be. */
  admit(device: Device): Promise<Device>
  /** Wakes a device. Rejects when its endpoint is none. `answer` is for the log, and has no secret. */
  wake(device: Claimed, stop: AbortSignal): Promise<{ readonly end: WakeUpEnd; readonly answer: Answer }>
  close(): Promise<void>
}

/** A way of waking devices. */
interface Way {
  readonly write: (device: Claimed) => Call
  readonly gone: readonly number[]
  readonly post: (call: Call, signal: AbortSignal) => Promise<Answer>
}

/** The setting that an operator has to set for devices of the kind, for the answer to a client. */
const neededFor = { 'web-push': 'VAPID_PUBLIC_KEY', webhook: 'WAKE_UP_WEBHOOK_URL' } as const

/** Opens what devices are woken with; no connection is made before the first push. */
export function openDeviceWaker(options: WakingOptions): DeviceWaker {
  const { vapid, webhook, privateAddresses, ttlSeconds, publicUrl, nameServers, ca } = options
  const now = Date.now
  const addresses = privateAddresses ? null : publicAddresses(nameServers)
  const pushServices = openPost({ addresses, ca })
  // The operator's own sender may be anywhere.
  const ownSender = openPost({ addresses: null, ca })
  const lanes = new HostLanes()
  const ways = new Map<WakeUpKind, Way>()
  if (vapid !== null) {
    const write = webPush({ keys: vapid, ttlSeconds, now })
    ways.set('web-push', { write: ({ target }) => write(target), gone: goneAtPushService, post: pushServices.post })
  }
  if (webhook !== null) {
    ways.set('webhook', { write: wakeUpWebhook({ ...webhook, now }), gone: goneAtWebhook, post: ownSender.post })
  }

  return {
    kinds: [...ways.keys()],

    async admit(device) {
      const { kind, target } = device
      if (!ways.has(kind)) {
        throw new Refusal('ERROR_NOT_IMPLEMENTED', { message: `Devices of this type need ${neededFor[kind]}` })
      }
      if (kind === 'webhook') return device
      return { ...device, target: await allowedEndpoint(target, { addresses, publicUrl }) }
    },

    async wake(device, stop) {
      const way = ways.get(device.kind)
      // The statement that claims devices asks for the kinds above alone.
      if (way === undefined) return { end: { kind: 'refused' }, answer: { kind: 'unanswered' } }
      const call = way.write(device)
      const answer = await lanes.run(call.url.host, () => way.post(call, stop))
      const { failures } = device
      return { answer, end: endOf(answer, { failures, gone: way.gone, now: now(), random: Math.random }) }
    },

    async close() {
      await Promise.all([pushServices.close(), ownSender.close()])
    },
  }
}
