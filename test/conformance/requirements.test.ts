import t from 'tap'
import { clientCases } from './cases/all.ts'
import { statedRequirements } from './requirement.ts'
import { serverChecks } from './server-checks/all.ts'

const all = [...clientCases, ...serverChecks]

t.test(
  'each requirement of docs/protocol.md has a case, and each case names requirements that are there',
  async (t) => {
    const stated = statedRequirements()
    t.equal(new Set(stated).size, stated.length, 'each number is given once')
    t.strictSame(
      [...new Set(all.flatMap(({ requires }) => requires))].sort(),
      [...stated].sort(),
      'the page and the cases have the same numbers',
    )
    t.ok(
      all.every(({ requires }) => requires.length > 0),
      'each case names one',
    )
  },
)

t.test('each case has a name of its own', async (t) => {
  t.strictSame(
    all.map(({ name }) => name).filter((name, index, names) => names.indexOf(name) !== index),
    [],
  )
})
