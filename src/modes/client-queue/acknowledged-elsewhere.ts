import { readCursor } from '../../delivery/cursor.ts'
import type { Lease } from '../../delivery/lease.ts'
import { RecentKeys } from '../../delivery/recent-keys.ts'

/** Of a message id, which is a UUID: 48 bits, among the few messages that one client waits for. */
const markLength = 12
/** Some 2 MB. */
const maxMarks = 10_000
/** A queue has shown the message again long before, or its retention has ended it. */
const maxAgeMs = 24 * 3_600_000

/** Returns the mark by which a cursor names a message: lower-case letters and digits, always of the same length. */
export function markOf(messageId: string): string {
  return messageId
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')
    .slice(0, markLength)
    .padStart(markLength, '0')
}

/**
 * Notifications of other instances that clients have acknowledged here. Those instances cannot be told, but a message
 * that they had leased is shown again when its lease ends, perhaps here: then it is deleted instead of handed over again.
 * A client that polls another instance every time could otherwise never be done with a notification.
 */
export class AcknowledgedElsewhere {
  readonly #marks: RecentKeys

  constructor(now: () => number) {
    this.#marks = new RecentKeys({ maxKeys: maxMarks, maxAgeMs, now })
  }

  /** Remembers what the cursor of another instance stands for. */
  note(clientId: string, cursor: string): void {
    for (const mark of readCursor(cursor)?.marks ?? []) this.#marks.add(`${mark} ${clientId}`)
  }

  /** Acknowledges those of the leases that were; answers the others. */
  withoutThem(leases: readonly Lease[]): Lease[] {
    return leases.filter((lease) => {
      if (!this.#marks.has(`${markOf(lease.key)} ${lease.notification.addressee}`)) return true
      lease.end = 'acknowledged'
      lease.source.acknowledge(lease)
      return false
    })
  }
}
