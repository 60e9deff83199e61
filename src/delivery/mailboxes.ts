import type { Surroundings } from './bounds.ts'
import { Clients } from './clients.ts'
import { Cursors, readCursor } from './cursor.ts'
import { Deadlines } from './deadlines.ts'
import { HeldBack } from './held-back.ts'
import { HeldPolls } from './held-polls.ts'
import type { Lease } from './lease.ts'
import { LeasedMemory } from './leased-memory.ts'
import type { Leases } from './leases.ts'
import type { Mailbox, MailboxOwner } from './mailbox.ts'
import { type Observer, unobserved } from './observer.ts'
import type { Poll, PollRequest, Transport } from './poll.ts'
import type { Clock } from './ports.ts'
import type { Sessions } from './sessions.ts'
import type { Stream, StreamRequest } from './stream.ts'

const silent = { info() {}, warn() {} }

/**
 * All clients of this instance: holds their polls, hands over what comes for them, and settles it.
 * `README.md` beside this file numbers what always holds.
 */
export class Mailboxes implements MailboxOwner {
  readonly clients = new Clients(this)
  readonly clock: Clock
  readonly sessions: Sessions
  readonly deadlines: Deadlines
  readonly leasedMemory: LeasedMemory
  readonly cursors: Cursors
  readonly heldBack: HeldBack
  readonly heldPolls: HeldPolls
  readonly observer: Observer
  readonly #onForeignCursor: ((clientId: string, cursor: string) => void) | undefined

  constructor(surroundings: Surroundings) {
    this.clock = surroundings.clock
    this.sessions = surroundings.sessions
    this.observer = surroundings.observer ?? unobserved
    this.heldPolls = new HeldPolls({ bounds: surroundings.bounds, observer: this.observer })
    this.deadlines = new Deadlines(surroundings)
    this.leasedMemory = new LeasedMemory(surroundings.bounds.maxLeasedBytes)
    this.heldBack = new HeldBack({
      clock: this.clock,
      leasedMemory: this.leasedMemory,
      log: surroundings.log ?? silent,
    })
    this.cursors = new Cursors({ ...surroundings, markOf: surroundings.markOf ?? null })
    this.#onForeignCursor = surroundings.onForeignCursor
  }

  /** The id that this instance goes by, in every cursor that it gives. */
  get instanceId(): string {
    return this.cursors.instanceId
  }

  // ── polls ──

  /**
   * Holds a poll. `request.end` is told how it ended, once, and possibly before this returns.
   * A poll that cannot be held at all ends refused, and null is returned.
   */
  hold(request: PollRequest): Poll | null {
    return this.#admit(request, 'long-poll')?.hold(request) ?? null
  }

  /** Holds a stream; the same as with a poll, but a hand-over does not end it. */
  stream(request: StreamRequest): Stream | null {
    return this.#admit(request, request.transport)?.stream(request) ?? null
  }

  #admit(request: PollRequest, transport: Transport): Mailbox | null {
    const { clients } = this
    const pollsOfClient = clients.mailboxOf(request.clientId)?.polls.size ?? 0
    const refusal = this.heldPolls.refusalFor(transport, { pollsOfClient })
    if (refusal !== null) {
      request.end({ kind: 'refused', refusal })
      return null
    }
    const mailbox = clients.open(request.clientId)
    if (request.cursor !== null) this.#takeCursor(request.clientId, request.cursor)
    // The acknowledgement may have emptied and dropped the mailbox.
    clients.keep(mailbox)
    return mailbox
  }

  /**
   * Ends every held poll within `spreadMs`, at random moments, so that the clients do not all arrive elsewhere at once.
   * New polls are refused from now on. Resolves when none is held.
   */
  drain(spreadMs: number): Promise<void> {
    const drained = this.heldPolls.drain()
    for (const { polls } of this.clients.mailboxes()) {
      for (const poll of polls.all) this.deadlines.endWithin(poll, spreadMs)
    }
    return drained
  }

  /** From now on a session outlives the last poll of its client by at most `lingerMs`. */
  shortenLinger(lingerMs: number): void {
    this.deadlines.shortenLinger(lingerMs)
    for (const mailbox of this.clients.mailboxes()) mailbox.restartLinger()
  }

  // ── leases ──

  /**
   * Takes leases from a source and hands them over to the polls that are held; all leases of a batch for one client go
   * into one answer. Leases for clients that are absent are kept for their time, unless every instance can read their
   * source: such a lease is for the instance that its client is at. Leases past a client's share of memory are not taken:
   * their source shows them again by itself. Nor are those whose notification has expired, which end at once. Returns those
   * that were taken.
   */
  offer(leases: readonly Lease[]): Lease[] {
    const touched = new Set<Mailbox>()
    const taken: Lease[] = []
    const now = this.clock.now()
    for (const lease of leases) {
      if (lease.expiresAt <= now || this.endIfOutdated(lease)) continue
      if (lease.source.shared && !this.#needs(lease)) continue
      const mailbox = this.clients.open(lease.notification.addressee)
      const held = mailbox.add(lease)
      if (held === null) {
        this.heldBack.note(lease)
        lease.source.heldBack?.(lease)
        continue
      }
      taken.push(held)
      touched.add(mailbox)
    }
    for (const mailbox of touched) mailbox.deliver()
    return taken
  }

  /**
   * Ends a lease that no mailbox holds if its notification has expired; returns whether it did. A lease that a response has
   * carried is held here under the same key: it is left to take the newer receipt, for its acknowledgement.
   */
  endIfOutdated(lease: Lease): boolean {
    const { key, notification } = lease
    if (!this.deadlines.isOutdated(lease) || this.leasesOf(notification.addressee)?.has(key)) return false
    lease.end = 'outdated'
    this.observer.leased(lease)
    lease.endAtSource()
    this.observer.leaseEnded(lease, 'outdated', null)
    return true
  }

  /** Whether to lease what every instance can read: its client is here, and it is not leased already. */
  #needs({ key, notification: { addressee } }: Lease): boolean {
    return this.clients.isHere(addressee) && !this.leasesOf(addressee)?.has(key)
  }

  /** The leases of the client; null when it has none. */
  leasesOf(clientId: string): Leases | null {
    return this.clients.mailboxOf(clientId)?.leases ?? null
  }

  /** The addressee of the lease is nowhere else: keeps it, unless absent clients hold as much memory as they may. */
  keep(lease: Lease): void {
    const leases = this.leasesOf(lease.notification.addressee)
    if (leases === null || lease.end !== null || lease.withheld > 0 || lease.carried > 0) return
    if (leases.mayKeep(lease)) return
    this.heldBack.note(lease)
    leases.settle(lease, 'let-go')
  }

  /**
   * The client has left, and its source alone can reach it elsewhere: gives back the leases that wait here for it. Those in
   * a response's grace stay, since they may still be acknowledged.
   */
  release(clientId: string): void {
    this.leasesOf(clientId)?.release()
  }

  /**
   * The client has left an instance that drains: gives back what it was never handed. The rest may be acknowledged here
   * until the drain is over.
   */
  releaseUnseen(clientId: string): void {
    this.leasesOf(clientId)?.releaseUnseen()
  }

  /** The leases that wait here for clients and that no other instance can read. */
  get waiting(): Lease[] {
    const leases = this.clients.mailboxes().flatMap((mailbox) => mailbox.leases?.list() ?? [])
    return leases.filter(({ source, withheld }) => !source.shared && withheld === 0)
  }

  /** Gives every lease back to its source, except those in a response's grace; returns how many those are. */
  releaseAll(): number {
    let inGrace = 0
    for (const mailbox of this.clients.mailboxes()) inGrace += mailbox.leases?.release() ?? 0
    return inGrace
  }

  // ── presence ──

  /**
   * The client's session is at another instance, where it came with these cursors. Acknowledges what they name and what is
   * in its grace, lets go of what every instance can read, and returns the leases that have to be sent on.
   */
  clientMoved(clientId: string, cursors: readonly string[]): Lease[] {
    const mailbox = this.clients.mailboxOf(clientId)
    if (!mailbox) return []
    for (const cursor of cursors) this.acknowledgeCursor(clientId, cursor)
    mailbox.handovers?.acknowledgeGraces()
    const unsettled = mailbox.leases?.list().filter(({ withheld }) => withheld === 0) ?? []
    for (const lease of unsettled) if (lease.source.shared) mailbox.settle(lease, 'released')
    mailbox.markAbsent()
    return unsettled.filter(({ end }) => end === null)
  }

  /**
   * The record says that the client is here, although this instance was told that it has left: the record is newer.
   * Returns whether the client is here after all, which a held poll shows.
   */
  confirmHere(clientId: string): boolean {
    return this.clients.mailboxOf(clientId)?.markHere() ?? false
  }

  // ── acknowledging ──

  /** Acknowledges what the cursor stands for. Foreign, unknown and broken cursors acknowledge nothing. */
  acknowledgeCursor(clientId: string, text: string): number {
    const cursor = readCursor(text)
    if (cursor === null || !this.cursors.isOwn(cursor)) return 0
    return this.clients.mailboxOf(clientId)?.handovers?.acknowledge(cursor) ?? 0
  }

  /** Acknowledges by notification ids; an id that was never handed over to this client is unknown. */
  acknowledgeIds(clientId: string, ids: ReadonlySet<string>): { acknowledged: number; unknown: string[] } {
    const handovers = this.clients.mailboxOf(clientId)?.handovers
    return handovers?.acknowledgeIds(ids) ?? { acknowledged: 0, unknown: [...ids] }
  }

  #takeCursor(clientId: string, text: string): void {
    const cursor = readCursor(text)
    if (cursor === null) return
    if (this.cursors.isOwn(cursor)) this.clients.mailboxOf(clientId)?.handovers?.acknowledge(cursor)
    else if (cursor.instanceId !== this.instanceId) this.#onForeignCursor?.(clientId, text)
  }

  // ── called by mailboxes ──

  emptied(mailbox: Mailbox): void {
    this.clients.drop(mailbox)
  }
}
