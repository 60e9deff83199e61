import t, { type Test } from 'tap'
import type { Mutant } from './mutant.ts'
import { hunt } from './mutant-hunt.ts'
import { mutantsOfMode1 } from './mutants-mode-1.ts'
import { mutantsOfMode2 } from './mutants-mode-2.ts'
import { mutantsOfReceipts, mutantsOfSentReceipts, mutantsOfStoredReceipts } from './mutants-of-receipts.ts'

/** Every so many mutants of a mode are looked for; the long run looks for all. */
const every = 18

function huntSome(t: Test, mode: 1 | 2, mutants: Readonly<Record<string, Mutant>>): void {
  const some = Object.entries(mutants).filter(([, { from }], i) => i % every === 0 && from === undefined)
  hunt(t, mode, Object.fromEntries(some))
}

huntSome(t, 1, mutantsOfMode1)
huntSome(t, 2, mutantsOfMode2)
huntSome(t, 1, { ...mutantsOfStoredReceipts, ...mutantsOfReceipts })
huntSome(t, 2, { ...mutantsOfReceipts, ...mutantsOfSentReceipts })
