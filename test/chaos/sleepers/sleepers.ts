import { startPushService } from '../../../scripts/stack/push-service.ts'
import { newVapidKeys } from '../../../src/adapters/push/vapid.ts'
import type { Ledger } from '../ledger.ts'
import type { Random } from '../random.ts'
import { Sleeper } from './sleeper.ts'

interface Needs {
  readonly ids: readonly string[]
  readonly tokens: ReadonlyMap<string, string>
  readonly urls: () => readonly string[]
  readonly random: Random
  readonly ledger: Ledger
}

/** Clients that poll only when they are woken, and the push service that wakes them. */
export interface Sleepers {
  /** The settings of the instances that wake them. */
  readonly settings: Readonly<Record<string, string>>
  /** The number of pushes that have woken them. */
  readonly woken: () => number
  /** The pushes that the push service has refused, with its reasons. */
  readonly refused: () => readonly string[]
  /** Registers all devices; resolves when they are registered. */
  register(): Promise<void>
  /** All of them sleep for good. */
  leave(): void
}

/** Starts the push service on loopback; it ends with the stack it is put on. */
export async function startSleepers(undo: AsyncDisposableStack, needs: Needs): Promise<Sleepers> {
  const { ids, tokens, urls, random, ledger } = needs
  const { publicKey, privateKey } = newVapidKeys()
  const pushService = await startPushService(publicKey)
  undo.defer(() => pushService.close())
  const leaving = new AbortController()
  undo.defer(async () => leaving.abort())
  const sleepers = new Map(
    ids.map((id) => {
      const endpoint = pushService.endpoint(id)
      const parts = { urls, random, ledger, leaving: leaving.signal }
      return [id, new Sleeper({ id, endpoint, token: tokens.get(id) ?? '', ...parts })]
    }),
  )
  pushService.onPush = ({ device }) => sleepers.get(device)?.wake()
  return {
    settings: {
      VAPID_PUBLIC_KEY: publicKey,
      VAPID_PRIVATE_KEY: privateKey,
      VAPID_SUBJECT: 'mailto:chaos@example.org',
      WAKE_UP_PRIVATE_ADDRESSES: 'true',
    },
    woken: () => pushService.pushes.filter(({ fault }) => fault === null).length,
    refused: () => pushService.pushes.flatMap(({ fault }) => (fault === null ? [] : [fault])),
    async register() {
      await Promise.all(Array.from(sleepers.values(), (sleeper) => sleeper.register()))
    },
    leave: () => leaving.abort(),
  }
}
