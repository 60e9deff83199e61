import t from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { buildJavaDriver } from './builds.ts'
import { clientCases } from './cases/all.ts'
import { playClient } from './play-client.ts'
import { missingPrograms } from './programs.ts'

// Three times as long as a busy machine takes.
t.setTimeout(480_000)

t.test('the Java client meets every requirement', { skip: missingPrograms('java', 'javac') }, async (t) =>
  playClient(t, { cases: clientCases, command: await buildJavaDriver(await temporaryFolder(t)) }),
)
