import type { PendingStore } from '../../../src/delivery/intake/pending.ts'
import type { Notification } from '../../../src/delivery/notification.ts'
import type { PendingRow } from '../../../src/delivery/ports.ts'
import type { InstanceQueueInstance } from './instance.ts'

/** The table of pending notifications, which every instance reads. */
export class PendingTable {
  readonly rows = new Map<string, { readonly notification: Notification; deliveryCount: number }>()

  insert(notification: Notification): PendingRow {
    this.rows.set(notification.id, { notification, deliveryCount: 0 })
    return { key: notification.id, notification, deliveryCount: 1 }
  }

  of(clientId: string): PendingRow[] {
    const found: PendingRow[] = []
    for (const [key, row] of this.rows) {
      if (row.notification.addressee !== clientId) continue
      row.deliveryCount += 1
      found.push({ key, notification: row.notification, deliveryCount: row.deliveryCount })
    }
    return found
  }
}

/** The table as one instance sees it. */
export function pendingStore(instance: InstanceQueueInstance): PendingStore {
  const { world, realm, process, name } = instance
  return {
    read: (clientId) => world.call(process, () => realm.pending.of(clientId)),
    isStored: (key) => world.call(process, () => realm.pending.rows.has(key)),
    remove(key) {
      world.ledger.acknowledged(name, world.notification(key), instance.hearsOf)
      return world.call(process, () => {
        const row = realm.pending.rows.get(key)
        if (!row) return
        realm.pending.rows.delete(key)
        world.ledger.deleted(row.notification)
      })
    },
  }
}
