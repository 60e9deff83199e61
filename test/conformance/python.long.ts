import t from 'tap'
import { clientCases } from './cases/all.ts'
import { playClient } from './play-client.ts'
import { missingPrograms } from './programs.ts'

t.test('the Python client meets every requirement, in every case', { skip: missingPrograms('python3') }, (t) =>
  playClient(t, { cases: clientCases, command: 'python3 test/conformance/drivers/driver.py' }),
)
