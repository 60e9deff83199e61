import t from 'tap'
import type { Case } from './case.ts'
import { clientCases } from './cases/all.ts'
import { playClient } from './play-client.ts'
import { missingPrograms } from './programs.ts'

/** The quickest case of each requirement; the long run plays them all. */
const chosen = new Set<Case>()
const quickestFirst = [...clientCases].sort((one, other) => (one.seconds ?? 1) - (other.seconds ?? 1))
for (const number of new Set(clientCases.flatMap(({ requires }) => requires))) {
  const [quickest] = quickestFirst.filter(({ requires }) => requires.includes(number))
  if (quickest) chosen.add(quickest)
}

const missing = missingPrograms('python3')

t.test('the Python client meets every requirement', { skip: missing }, (t) =>
  playClient(t, {
    cases: clientCases.filter((played) => chosen.has(played)),
    command: 'python3 test/conformance/drivers/driver.py',
  }),
)
