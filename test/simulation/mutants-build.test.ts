import { readFileSync } from 'node:fs'
import t from 'tap'
import { realSource } from './core.ts'
import type { Mutant } from './mutant.ts'
import { mutantsOfMode1 } from './mutants-mode-1.ts'
import { mutantsOfMode2 } from './mutants-mode-2.ts'
import { mutantsOfExpiry, mutantsOfQueuedExpiry, mutantsOfStoredExpiry } from './mutants-of-expiry.ts'
import { mutantsOfIntake } from './mutants-of-intake.ts'
import { mutantsOfReceipts, mutantsOfSentReceipts, mutantsOfStoredReceipts } from './mutants-of-receipts.ts'
import { mutantsOfStreams } from './mutants-of-streams.ts'

t.test('the text that each mutant changes is in its file exactly once', async (t) => {
  const look = (name: string, { file, text, and }: Mutant): void => {
    const source = readFileSync(new URL(file, realSource), 'utf8')
    t.equal(source.split(text).length - 1, 1, `${name}: ${file}: ${text}`)
    if (and) look(name, and)
  }
  const ofExpiry = [mutantsOfExpiry, mutantsOfStoredExpiry, mutantsOfQueuedExpiry]
  const ofReceipts = [mutantsOfReceipts, mutantsOfStoredReceipts, mutantsOfSentReceipts]
  const others = [mutantsOfMode1, mutantsOfMode2, mutantsOfStreams, mutantsOfIntake]
  for (const mutants of [...others, ...ofExpiry, ...ofReceipts]) {
    for (const [name, mutant] of Object.entries(mutants)) look(name, mutant)
  }
})
