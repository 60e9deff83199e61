import type { LetterFacts } from './letter.ts'

/** Tells somebody of a letter; resolves when the other side has taken it, and rejects when it may not have. */
export type Tell = (facts: LetterFacts, queueUrl: string) => Promise<void>
