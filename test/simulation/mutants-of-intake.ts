import type { Mutant } from './mutant.ts'

const core = 'delivery/intake/intake-queue.ts'
const underWay = 'delivery/intake/under-way.ts'

/** Faults of the intake queue, in either mode. */
export const mutantsOfIntake: Readonly<Record<string, Mutant>> = {
  'a notification of the intake queue is deleted before it is safe elsewhere': {
    file: core,
    text: "if (!mailboxes.deadlines.hasTimeLeft(lease)) return 'left'",
    becomes: 'lease.source.acknowledge(lease)',
  },
  'a notification that could not be passed on is deleted': {
    file: core,
    text: 'this.#needs.counters.left += 1',
    becomes: 'lease.source.acknowledge(lease)',
  },
  'a notification that was passed on stays in the intake queue as well': {
    file: core,
    text: "    lease.source.acknowledge(lease)\n    return 'passed'",
    becomes: "    return 'passed'",
  },
  'a notification that is leased here is passed on as well': {
    file: core,
    text: '!taken.has(lease.key) && lease',
    becomes: 'lease',
  },
  'a notification whose client comes during the look-up is handed over and passed on as well': {
    from: { 2: 2400 },
    file: core,
    text: "if (this.#mayHandOver(addressee) && this.#notTaken([lease]).length === 0) return 'here'",
    becomes: 'if (this.#mayHandOver(addressee)) this.#notTaken([lease])',
  },
  'a notification that is shown again is never passed on again': {
    file: underWay,
    text: 'this.#byKey.delete(lease.key)',
    becomes: '',
  },
  'the memory of notifications under way is never free again': {
    file: underWay,
    text: 'this.#count(-lease.size)',
    becomes: 'this.#bytes -= lease.size',
  },
  'a message that a batch refused is taken for sent': {
    from: { 1: 2800 },
    file: 'adapters/sqs/batched-send.ts',
    text: 'if (sent.has(index)) entry.resolve()',
    becomes: 'if (sent.has(index) || index >= 0) entry.resolve()',
  },
  'a batch without an answer is taken for sent': {
    from: { 1: 2850 },
    file: 'adapters/sqs/batched-send.ts',
    text: "for (const { reject } of entries) reject(new Refusal('ERROR_SQS_UNEXPECTED_ERROR', { cause }))",
    becomes: 'for (const { resolve } of entries) resolve(void cause)',
  },
}
