import { startPushService } from '../../scripts/stack/push-service.ts'
import { until } from '../../scripts/stack/until.ts'
import { newVapidKeys } from '../../src/adapters/push/vapid.ts'
import { keepSecret } from './leaks.ts'
import type { Owner } from './postgres.ts'

/** A push service that is closed with its owner, and the settings of instances that may use it. */
export async function openPushService(t: Owner) {
  const { publicKey, privateKey } = newVapidKeys()
  const service = await startPushService(publicKey)
  t.teardown(() => service.close())
  return {
    ...service,
    env: {
      VAPID_PUBLIC_KEY: publicKey,
      VAPID_PRIVATE_KEY: keepSecret(privateKey),
      VAPID_SUBJECT: 'mailto:ops@example.org',
      WAKE_UP_PRIVATE_ADDRESSES: 'true',
    },
    /** Resolves with the pushes for the device once there are so many. */
    async pushed(device: string, count = 1) {
      const of = () => service.pushes.filter((push) => push.device === device)
      await until(() => of().length >= count)
      return of()
    },
  }
}

/** A browser's subscription at this endpoint; its keys are used by nobody. */
export function subscriptionAt(endpoint: string) {
  const keys = {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  }
  return { endpoint: keepSecret(endpoint), expirationTime: null, keys }
}
