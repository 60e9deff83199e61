import t from 'tap'
import { hunt } from './mutant-hunt.ts'
import { mutantsOfMode1 } from './mutants-mode-1.ts'
import { mutantsOfExpiry, mutantsOfStoredExpiry } from './mutants-of-expiry.ts'
import { mutantsOfIntake } from './mutants-of-intake.ts'
import { mutantsOfReceipts, mutantsOfStoredReceipts } from './mutants-of-receipts.ts'
import { mutantsOfStreams } from './mutants-of-streams.ts'

// In mode 1 the fault is hardly visible. An instance that forgets nothing under way renews the old lease of a message that is
// shown again, and another instance, which never had it under way, passes it on: only one that stays alone shows the fault.
// `intake-queue.test.ts` has that case for both modes, and the hunt of mode 2 finds the fault.
const { 'a notification that is shown again is never passed on again': _, ...ofIntake } = mutantsOfIntake
const find = hunt(t, 1, {
  ...{ ...mutantsOfMode1, ...mutantsOfStreams, ...ofIntake },
  ...{ ...mutantsOfExpiry, ...mutantsOfStoredExpiry },
  ...{ ...mutantsOfReceipts, ...mutantsOfStoredReceipts },
})

t.test('it is found when an instance forgets a session that is no longer its own', async (t) => {
  const finding = await find(1, { faults: { forgetsOthers: true } })
  t.equal(finding?.invariant, 7)
})

t.test('it is found when a process writes under an id that another has taken over', async (t) => {
  const finding = await find(1, { faults: { ignoresKeys: true } })
  t.equal(finding?.invariant, 7)
})

t.test('it is found when a receipt forgets that it has told an end', async (t) => {
  const finding = await find(1, { faults: { forgetsEnds: true } })
  t.equal(finding?.invariant, 10)
})
