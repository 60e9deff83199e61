import type { Mutant } from './mutant.ts'

/** Faults that a tired person could make; each has to be found. */
export const mutantsOfMode1: Readonly<Record<string, Mutant>> = {
  'leases that have ended are handed over': {
    file: 'delivery/deadlines.ts',
    text: 'return lease.expiresAt - this.#clock.now() >= margin',
    becomes: 'return margin >= 0',
    from: { 1: 500 },
  },
  'the clients of an instance that was taken for dead are recorded anew, wherever they are by now': {
    from: { 1: 1600 },
    file: 'modes/instance-queue/record-anew.ts',
    text: 'if (isElsewhere) departed',
    becomes: 'if (isElsewhere && (false as boolean)) departed',
  },
  'a response that is written counts as delivered': {
    file: 'delivery/handover.ts',
    text: "if (this.ack === 'auto') this.#owner.deadlines.startGrace(this)",
    becomes: "if (this.ack === 'auto') this.#owner.delivered(this)",
  },
  'a failure within the grace is ignored': {
    from: { 1: 140 },
    file: 'delivery/handover.ts',
    text: "if (this.state === 'settled' || this.state === 'failed') return",
    becomes: "if (this.state !== 'open') return",
  },
  'a grace ends without a second look': {
    from: { 1: 1600 },
    file: 'delivery/handover.ts',
    text: 'if (!this.#looked) {',
    becomes: 'if (false as boolean) {',
  },
  'a cursor acknowledges everything': {
    file: 'delivery/handovers.ts',
    text: 'for (const { leases } of [named ?? []].flat()) {',
    becomes:
      'for (const { leases } of event === undefined && named ? [{ leases: this.#leases.list() }] : [named ?? []].flat()) {',
  },
  'a cursor stands for the oldest response instead of its own': {
    file: 'delivery/handovers.ts',
    text: 'event === undefined ? this.#responses.get(number)',
    becomes: 'event === undefined ? this.#responses.get([...this.#responses.keys()][0] ?? number)',
  },
  'a message that nobody here can use is given back without delay': {
    file: 'delivery/mailboxes.ts',
    text: 'for (const mailbox of touched) mailbox.deliver()',
    becomes:
      "for (const mailbox of touched) mailbox.deliver()\n    for (const lease of taken) if (lease.carried === 0 && !this.clients.isHere(lease.notification.addressee)) this.clients.mailboxOf(lease.notification.addressee)?.settle(lease, 'released')",
  },
  'a notification in its grace is handed over to the next poll': {
    file: 'delivery/leases.ts',
    text: 'lease.withheld += 1\n    this.#waiting.delete(lease.key)',
    becomes: 'lease.withheld += 1',
  },
  'a failed response takes back what another carries': {
    from: { 1: 2100 },
    file: 'delivery/leases.ts',
    text: 'if (lease.withheld > 0 || lease.end !== null) continue',
    becomes: 'if (lease.end !== null) continue',
  },
  'a notification in its grace is sent on': {
    file: 'delivery/peers/forwarding.ts',
    text: 'if (lease.end !== null || lease.carried !== carried || lease.withheld > 0) return',
    becomes: 'if (lease.end !== null) return',
    and: {
      file: 'delivery/mailboxes.ts',
      text: 'filter(({ withheld }) => withheld === 0)',
      becomes: 'filter(() => true)',
      and: { file: 'delivery/mailboxes.ts', text: 'mailbox.handovers?.acknowledgeGraces()', becomes: '' },
    },
  },
  'a notification that could not be sent on is deleted': {
    from: { 1: 700 },
    file: 'delivery/peers/forwarding.ts',
    text: 'lease.forwardFailed()',
    becomes: 'lease.forwarded()',
  },
  'a notification that was sent on is kept as well': {
    file: 'delivery/peers/forwarding.ts',
    text: 'lease.forwarded()',
    becomes: 'lease.forwardFailed()',
  },
  'a message that is shown again is sent on by a lease that is not held': {
    file: 'delivery/mailboxes.ts',
    text: 'taken.push(held)',
    becomes: 'taken.push(lease)',
  },
  'a session ends its linger while a poll is held': {
    file: 'delivery/mailbox.ts',
    text: 'this.#presence.stopLinger()',
    becomes: '',
  },
  'a poll is served before its session is recorded': {
    file: 'delivery/mailbox.ts',
    text: "if (this.presence === 'here') this.polls.serve([poll])",
    becomes: "if (this.presence !== 'absent' || this.#contents !== null) this.polls.serve([poll])",
  },
  'a mailbox is kept after its client has left': {
    file: 'delivery/mailbox.ts',
    text: 'if (empty) this.#owner',
    becomes: 'if (empty && this.leases === null) this.#owner',
  },
  'stored notifications that are acknowledged are read again': {
    from: { 1: 1230 },
    file: 'delivery/intake/pending.ts',
    text: 'this.#acknowledged.add(key)\n',
    becomes: '\n',
  },
  'the rows of a client are read before its session is recorded': {
    from: { 1: 45 },
    file: 'modes/instance-queue/arrivals.ts',
    text: 'await this.record(clientId, cursors)\n    return this.#needs.pending.read(clientId)',
    becomes:
      'const stored = await this.#needs.pending.read(clientId)\n    await this.record(clientId, cursors)\n    return stored',
  },
  'the rows of a client are read before its former instance is told': {
    from: { 1: 45 },
    file: 'modes/instance-queue/arrivals.ts',
    text: 'if (previous?.live) await this.#patiently(',
    becomes: 'if (previous?.live) void this.#patiently(',
  },
  'the former instance of a client is not told': {
    from: { 1: 45 },
    file: 'modes/instance-queue/arrivals.ts',
    text: 'if (previous?.live) await',
    becomes: 'if (previous?.live && (false as boolean)) await',
  },
  'an instance answers before what was acknowledged there is deleted': {
    from: { 1: 460 },
    file: 'delivery/peers/relay-receiver.ts',
    text: 'await deleted()',
    becomes: 'void deleted()',
  },
  'nobody is taken for dead': {
    file: 'modes/instance-queue/heartbeat.ts',
    text: 'of await instances.fenceDead({ afterSeconds: deadAfterSeconds })',
    becomes: 'of [] as Awaited<ReturnType<typeof instances.fenceDead>>',
  },
  'the queue of a dead instance is not received from': {
    file: 'modes/instance-queue/drainer.ts',
    text: 'const ended = reader.run(AbortSignal.any([signal, stop.signal]))',
    becomes: 'const ended = Promise.resolve()',
  },
  'rows that nobody here holds are not looked for': {
    file: 'modes/instance-queue/sweep.ts',
    text: 'mailboxes.clients.announcementOf(clientId) === null &&',
    becomes: '(false as boolean) &&',
  },
  'an instance leaves the list while it holds polls': {
    file: 'shutdown.ts',
    text: 'await mailboxes.drain(drainSpreadMs)',
    becomes: 'void mode.leave()\n  await mailboxes.drain(drainSpreadMs)',
  },
  'a process that takes over an id forgets the clients of the earlier process': {
    file: 'modes/instance-queue/session-comparison.ts',
    text: 'if (predecessor.mayHoldClients) return',
    becomes: '',
  },
  'a process whose id was taken over goes on': {
    file: 'modes/instance-queue/succession.ts',
    text: '    onSuperseded()\n  }',
    becomes: '  }',
  },
  'a notification of the intake queue is not stored, and nobody is told': {
    file: 'modes/instance-queue/intake.ts',
    text: 'const stored = await storeFor(notification, withinMs)',
    becomes: 'const stored = await storeFor(notification, withinMs).catch(() => ({ dispatched: null }))',
  },
}
