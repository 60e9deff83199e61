import t from 'tap'
import { clientCases } from './cases/all.ts'
import { playClient } from './play-client.ts'
import { missingPrograms } from './programs.ts'

// Three times as long as a busy machine takes.
t.setTimeout(480_000)

t.test('the shell client meets every requirement', { skip: missingPrograms('curl', 'awk', 'od') }, (t) =>
  playClient(t, { cases: clientCases, command: 'sh test/conformance/drivers/driver.sh' }),
)
