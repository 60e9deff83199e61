import t from 'tap'
import { clientCases } from './cases/all.ts'
import { playClient } from './play-client.ts'
import { missingPrograms } from './programs.ts'

// Three times as long as a busy machine takes.
t.setTimeout(480_000)

t.test('the Python client meets every requirement, in every case', { skip: missingPrograms('python3') }, (t) =>
  playClient(t, { cases: clientCases, command: 'python3 test/conformance/drivers/driver.py' }),
)
