/** A test that starts one process, says so on the standard error output, and never ends. */
import t from 'tap'
import { startSqsProcess } from '../support/sqs.ts'

t.test('one process', { timeout: 120_000 }, async (t) => {
  await startSqsProcess(t)
  process.stderr.write('all is up\n')
  await new Promise((resolve) => setTimeout(resolve, 100_000))
})
