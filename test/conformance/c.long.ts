import t from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { buildCDriver } from './builds.ts'
import { clientCases } from './cases/all.ts'
import { playClient } from './play-client.ts'
import { missingPrograms } from './programs.ts'

// Three times as long as a busy machine takes.
t.setTimeout(480_000)

t.test('the C client meets every requirement', { skip: missingPrograms('gcc', 'curl-config') }, async (t) =>
  playClient(t, { cases: clientCases, command: await buildCDriver(await temporaryFolder(t)) }),
)
