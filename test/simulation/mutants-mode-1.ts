import type { Mutant } from './mutant.ts'

/** Faults that a tired person could make; each has to be found. */
export const mutantsOfMode1: Readonly<Record<string, Mutant>> = {
  'a response that is written counts as delivered': {
    file: 'delivery/handover.ts',
    text: "if (this.ack === 'auto') this.mailbox.mailboxes.deadlines.startGrace(this)",
    becomes: "if (this.ack === 'auto') for (const lease of this.leases) this.mailbox.settle(lease, 'acknowledged')",
  },
  'a failure within the grace is ignored': {
    file: 'delivery/handover.ts',
    text: "if (this.state === 'settled' || this.state === 'failed') return",
    becomes: "if (this.state !== 'open') return",
  },
  'a grace ends without a second look': {
    from: { 1: 1850 },
    file: 'delivery/handover.ts',
    text: 'if (!this.#looked) {',
    becomes: 'if (false as boolean) {',
  },
  'a cursor acknowledges everything': {
    file: 'delivery/leases.ts',
    text: 'for (const lease of this.#handovers.get(number)?.leases ?? []) {',
    becomes: 'for (const lease of this.#handovers.has(number) ? this.list() : []) {',
  },
  'a cursor stands for the oldest response instead of its own': {
    file: 'delivery/leases.ts',
    text: 'acknowledgeNumber(number: number): number {\n    let acknowledged = 0',
    becomes:
      'acknowledgeNumber(number: number): number {\n    number = [...this.#handovers.keys()][0] ?? number\n    let acknowledged = 0',
  },
  'what nobody here can use is given back without delay': {
    file: 'delivery/mailboxes.ts',
    text: 'for (const mailbox of touched) mailbox.deliver()',
    becomes:
      "for (const mailbox of touched) mailbox.deliver()\n    for (const lease of taken) if (lease.carried === 0 && !this.isHere(lease.notification.addressee)) this.#byClient.get(lease.notification.addressee)?.settle(lease, 'released')",
  },
  'what is in its grace is given back at the end': {
    file: 'delivery/mailboxes.ts',
    text: 'if (lease.withheld > 0) inGrace += 1\n        else mailbox',
    becomes: 'mailbox',
  },
  'leases that have ended are handed over': {
    file: 'delivery/deadlines.ts',
    text: 'return lease.expiresAt - now >= margin',
    becomes: 'return margin >= 0 || lease.expiresAt - now >= margin',
  },
  'what is in its grace is handed over to the next poll': {
    file: 'delivery/leases.ts',
    text: 'lease.withheld += 1\n    this.#waiting.delete(lease.key)',
    becomes: 'lease.withheld += 1',
  },
  'a failed response takes back what another carries': {
    from: { 1: 350 },
    file: 'delivery/leases.ts',
    text: 'if (lease.withheld === 0 && lease.end === null)',
    becomes: 'if (lease.end === null)',
  },
  'what is in its grace is sent on': {
    file: 'delivery/peers/forwarding.ts',
    text: 'if (lease.end !== null || lease.carried !== carried || lease.withheld > 0) return',
    becomes: 'if (lease.end !== null) return',
    and: {
      file: 'delivery/mailboxes.ts',
      text: 'filter(({ withheld }) => withheld === 0)',
      becomes: 'filter(() => true)',
      and: { file: 'delivery/mailboxes.ts', text: 'mailbox.leases?.acknowledgeGraces()', becomes: '' },
    },
  },
  'what could not be sent on is deleted': {
    from: { 1: 300 },
    file: 'delivery/peers/forwarding.ts',
    text: 'mailboxes.takeBack(lease)',
    becomes: 'mailboxes.sentOn(lease)',
  },
  'what was sent on is kept as well': {
    file: 'delivery/peers/forwarding.ts',
    text: 'mailboxes.sentOn(lease)',
    becomes: 'mailboxes.takeBack(lease)',
  },
  'a message that is shown again is sent on by a lease that is not held': {
    file: 'delivery/mailboxes.ts',
    text: 'taken.push(mailbox.add(lease))',
    becomes: 'mailbox.add(lease)\n      taken.push(lease)',
  },
  'a session ends its linger while a poll is held': {
    file: 'delivery/mailbox.ts',
    text: 'deadlines.wheel.remove(this)\n    if (this.presence',
    becomes: 'if (this.presence',
  },
  'a poll is served before its session is recorded': {
    file: 'delivery/mailbox.ts',
    text: "if (this.presence === 'here') this.#live([poll])",
    becomes: "if (this.presence !== 'absent' || this.#leases !== null) this.#live([poll])",
  },
  'a mailbox is kept after its client has left': {
    file: 'delivery/mailboxes.ts',
    text: 'if (!mailbox.empty) return',
    becomes: 'if (!mailbox.empty || mailbox.leases !== null) return',
  },
  'stored notifications that are acknowledged are read again': {
    file: 'delivery/intake/pending.ts',
    text: 'this.#acknowledged.add(key)\n',
    becomes: '\n',
  },
  'what an instance that was taken for dead had is recorded anew, wherever it is by now': {
    file: 'modes/instance-queue/membership.ts',
    text: 'return peer !== undefined && peer.id !== this.instanceId',
    becomes: 'return place !== undefined && false',
  },
}
