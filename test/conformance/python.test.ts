import t from 'tap'
import { quickestCases } from './cases/quickest.ts'
import { playClient } from './play-client.ts'
import { missingPrograms } from './programs.ts'

t.test('the Python client meets every requirement', { skip: missingPrograms('python3') }, (t) =>
  playClient(t, { cases: quickestCases(), command: 'python3 test/conformance/drivers/driver.py' }),
)
