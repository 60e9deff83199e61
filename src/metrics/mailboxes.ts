import type { Mailboxes } from '../delivery/mailboxes.ts'
import type { Families } from './families.ts'

/** Adds the metrics of the clients that are here, and of the memory that their notifications take. */
export function addMailboxes(families: Families, mailboxes: Mailboxes): void {
  const { leasedMemory, heldBack } = mailboxes
  families.gauge({ name: 'held_polls', help: 'Polls held by this instance.' }, () => mailboxes.heldPolls.count)
  families.gauge(
    { name: 'mailboxes', help: 'Clients with a poll, a lease or a session here.' },
    () => mailboxes.clients.size,
  )
  families.gauge({ name: 'sessions', help: 'Clients whose session is here.' }, () => mailboxes.clients.countSessions())
  families.gauge(
    { name: 'leased_bytes', help: 'Bytes of memory counted for leased notifications.' },
    () => leasedMemory.bytes,
  )
  families.gauge(
    { name: 'absent_leased_bytes', help: 'Bytes of those counted for clients that are not connected here.' },
    () => leasedMemory.absentBytes,
  )
  families.gauge(
    {
      name: 'held_back_clients',
      help: 'Clients whose notifications are left in their queue or table because memory is short.',
    },
    () => heldBack.clients,
  )
  families.counter(
    { name: 'held_back', help: 'Notifications that were not leased because memory was short.' },
    () => heldBack.notifications,
  )
}
