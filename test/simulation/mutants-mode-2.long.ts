import t from 'tap'
import { hunt } from './mutant-hunt.ts'
import { mutantsOfMode2 } from './mutants-mode-2.ts'
import { mutantsOfExpiry, mutantsOfQueuedExpiry } from './mutants-of-expiry.ts'
import { mutantsOfIntake } from './mutants-of-intake.ts'
import { mutantsOfReceipts, mutantsOfSentReceipts } from './mutants-of-receipts.ts'
import { mutantsOfStreams } from './mutants-of-streams.ts'

hunt(t, 2, {
  ...{ ...mutantsOfMode2, ...mutantsOfStreams, ...mutantsOfIntake },
  ...{ ...mutantsOfExpiry, ...mutantsOfQueuedExpiry },
  ...{ ...mutantsOfReceipts, ...mutantsOfSentReceipts },
})
