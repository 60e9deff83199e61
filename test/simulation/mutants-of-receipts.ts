import type { Mutant } from './mutant.ts'

/** Faults about receipts, in either mode. */
export const mutantsOfReceipts: Readonly<Record<string, Mutant>> = {
  'a notification is told as acknowledged when it is handed over': {
    file: 'adapters/sqs/settlements.ts',
    text: "if (lease.notification.receipt) needs.receipts?.note(lease, 'handed-over')",
    becomes:
      "const { id, addressee, receipt: to } = lease.notification\n        if (to) void needs.receipts?.keep({ id, addressee, state: 'acknowledged', by: 'client', deliveryCount: 1, to: to.to }).catch(() => {})",
  },
  'a receipt that could not be kept is dropped': {
    file: 'adapters/sqs/unkept-receipts.ts',
    text: 'counters.receipts.failed += 1',
    becomes: "counters.receipts.failed += 1\n        return 'kept'",
  },
  'a notification that was sent on is told as acknowledged': {
    file: 'adapters/sqs/settlements.ts',
    text: "const hasEnded = end === 'acknowledged' || end === 'outdated'",
    becomes: "const hasEnded = end === 'acknowledged' || end === 'outdated' || end === 'sent-on' || end === null",
  },
  'a notification of a queue that has expired is told as acknowledged': {
    file: 'adapters/sqs/unkept-receipts.ts',
    text: "const isExpired = end === 'outdated'",
    becomes: 'const isExpired = end === null',
  },
  'a passed grace is told as the word of the client': {
    file: 'delivery/handovers.ts',
    text: "if (lease.end === null) lease.acknowledgedBy = 'grace'",
    becomes: '',
  },
}

/** Those of mode 1. */
export const mutantsOfStoredReceipts: Readonly<Record<string, Mutant>> = {
  'a notification that is sent on loses its receipt': {
    file: 'adapters/sqs/written-message.ts',
    text: "'receipt-to': receipt?.to ?? null,",
    becomes: "'receipt-to': hops > 0 ? null : (receipt?.to ?? null),",
    and: {
      file: 'adapters/sqs/written-message.ts',
      text: "receipt: receipt && receipt.to === null ? 'true' : null,",
      becomes: "receipt: hops === 0 && receipt && receipt.to === null ? 'true' : null,",
    },
  },
  'a stored notification that has expired is told as acknowledged': {
    file: 'delivery/intake/pending.ts',
    text: "const by = end === 'outdated' ? null : acknowledgedBy",
    becomes: 'const by = end === null ? null : acknowledgedBy',
  },
  'a stored notification is deleted without its receipt': {
    file: 'delivery/intake/pending.ts',
    text: 'this.#remove(key, notification.receipt ? keepReceipt : () => this.#store.remove(key))',
    becomes: 'this.#remove(key, notification.receipt === undefined ? keepReceipt : () => this.#store.remove(key))',
  },
  'an event counts as sent before its queue has it': {
    file: 'modes/instance-queue/receipt-outbox.ts',
    text: "await send(queues.get(to) ?? '', receiptEvent(outcome))",
    becomes: "await receipts.sent({ key, attempts })\n      await send(queues.get(to) ?? '', receiptEvent(outcome))",
  },
  'a publisher is told of the acknowledgement by another client of the same id': {
    file: 'delivery/intake/acknowledgement-waits.ts',
    text: "for (const wait of [...(this.#waits.get(keyOf(named)) ?? [])]) wait.end('acknowledged')",
    becomes:
      "for (const waits of [...this.#waits.values()]) for (const wait of [...waits]) if (wait.named.id === named.id) wait.end('acknowledged')",
  },
  'a publisher that has waited long enough is told of an acknowledgement': {
    file: 'delivery/intake/acknowledgement-waits.ts',
    text: "const cancel = this.#needs.clock.after(ms, () => wait.end('over'))",
    becomes: "const cancel = this.#needs.clock.after(ms, () => wait.end('acknowledged'))",
  },
  'a publisher is told when its notification expires': {
    file: 'modes/instance-queue/receipts.ts',
    text: 'if (by !== null) void tellWaits(notification)',
    becomes: 'void tellWaits(notification)',
  },
  'a publisher that waits is not told': {
    file: 'modes/instance-queue/receipts.ts',
    text: 'if (by !== null) void tellWaits(notification)',
    becomes: '',
    and: {
      file: 'delivery/intake/acknowledgement-waits.ts',
      text: 'for (const one of found) this.acknowledged(one)',
      becomes: 'void found',
    },
  },
}

/** Those of mode 2. */
export const mutantsOfSentReceipts: Readonly<Record<string, Mutant>> = {
  'a message is deleted before its receipt is kept': {
    from: { 2: 300 },
    file: 'adapters/sqs/settlements.ts',
    text: 'void this.#unkept?.keep(lease).then(() => this.#settled())',
    becomes:
      'void this.#unkept?.keep(lease).then(() => this.#settled())\n        this.delete(String(receipt), key, expiresAt)',
  },
  'a callback loses the receipt queue of its registration': {
    file: 'modes/client-queue/gateway.ts',
    text: 'const receipt = receiptTo === null ? null : { to: receiptTo }',
    becomes: 'const receipt = receiptTo === null || receiptTo !== null ? null : { to: receiptTo }',
  },
}
