import type { Mutant } from './mutant.ts'

/** Faults about notifications that expire, in either mode. */
export const mutantsOfExpiry: Readonly<Record<string, Mutant>> = {
  'a notification is handed over after it has expired': {
    from: { 1: 600, 2: 400 },
    file: 'delivery/deadlines.ts',
    text: 'if (this.isOutdated(lease)) return false',
    becomes: '',
  },
  'a notification expires before its time': {
    file: 'delivery/deadlines.ts',
    text: 'outdatedAt <= this.#timeOfDay()',
    becomes: 'outdatedAt <= this.#timeOfDay() + 500',
  },
  'a notification that has expired when it arrives is not counted': {
    file: 'delivery/mailboxes.ts',
    text: "this.observer.leaseEnded(lease, 'outdated', null)",
    becomes: '',
  },
  'a notification that is sent on no longer expires': {
    file: 'adapters/sqs/written-message.ts',
    text: "'expires-at': expiresAt,",
    becomes: "'expires-at': null as typeof expiresAt,",
  },
}

/** Those of mode 1. */
export const mutantsOfStoredExpiry: Readonly<Record<string, Mutant>> = {
  'a notification of a queue that is stored no longer expires': {
    file: 'modes/instance-queue/storing.ts',
    text: 'insert({ ...notification, ttlSeconds: null })',
    becomes: 'insert({ ...notification, expiresAt: null, ttlSeconds: null })',
  },
}

/** Those of mode 2. */
export const mutantsOfQueuedExpiry: Readonly<Record<string, Mutant>> = {
  'a publication in the queue of its client never expires': {
    file: 'modes/client-queue/gateway.ts',
    text: 'id, sentAt, ...(expiresAt === null ? {} : { expiresAt })',
    becomes: 'id, sentAt, ...(expiresAt === null || expiresAt ? {} : { expiresAt })',
  },
}
