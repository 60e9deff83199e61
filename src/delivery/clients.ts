import { Mailbox, type MailboxOwner } from './mailbox.ts'

/** The clients with a poll, a lease or a session at this instance, each with its mailbox, and which of them are here. */
export class Clients {
  readonly #mailboxes = new Map<string, Mailbox>()
  readonly #owner: MailboxOwner

  constructor(owner: MailboxOwner) {
    this.#owner = owner
  }

  get size(): number {
    return this.#mailboxes.size
  }

  /** Whether the client's session is recorded here, or about to be. */
  isHere(clientId: string): boolean {
    const presence = this.mailboxOf(clientId)?.presence ?? 'absent'
    return presence !== 'absent'
  }

  /** Whether the client has a poll here. */
  isPolling(clientId: string): boolean {
    return (this.mailboxOf(clientId)?.polls.size ?? 0) > 0
  }

  /** Resolves when the client's session that is being recorded here is recorded, or refused; null when none is. */
  announcementOf(clientId: string): Promise<void> | null {
    return this.mailboxOf(clientId)?.announcement ?? null
  }

  /** Whether any client's session is recorded here, or about to be. */
  areAnyHere(): boolean {
    for (const { presence } of this.#mailboxes.values()) if (presence !== 'absent') return true
    return false
  }

  /** Counts the clients whose sessions are recorded here, or about to be. Looks at each mailbox. */
  countSessions(): number {
    let sessions = 0
    for (const { presence } of this.#mailboxes.values()) if (presence !== 'absent') sessions += 1
    return sessions
  }

  /** The clients whose sessions are recorded here, as far as this instance knows. */
  *recordedHere(): Generator<string> {
    for (const { presence, clientId } of this.#mailboxes.values()) if (presence === 'here') yield clientId
  }

  // ── their mailboxes ──

  /** The mailboxes at this moment; they may be dropped while a caller walks through them. */
  mailboxes(): Mailbox[] {
    return [...this.#mailboxes.values()]
  }

  mailboxOf(clientId: string): Mailbox | undefined {
    return this.#mailboxes.get(clientId)
  }

  /** Returns the mailbox of the client, made if there is none. */
  open(clientId: string): Mailbox {
    const known = this.#mailboxes.get(clientId)
    if (known) return known
    const mailbox = new Mailbox(clientId, this.#owner)
    this.#mailboxes.set(clientId, mailbox)
    return mailbox
  }

  /** Keeps a mailbox that was opened, although it may have been emptied and dropped since. */
  keep(mailbox: Mailbox): void {
    this.#mailboxes.set(mailbox.clientId, mailbox)
  }

  /** Forgets a mailbox in which nothing is left. */
  drop(mailbox: Mailbox): void {
    if (this.#mailboxes.get(mailbox.clientId) === mailbox) this.#mailboxes.delete(mailbox.clientId)
  }
}
