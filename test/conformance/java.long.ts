import t from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { buildJavaDriver } from './builds.ts'
import { clientCases } from './cases/all.ts'
import { playClient } from './play-client.ts'
import { missingPrograms } from './programs.ts'

t.test('the Java client meets every requirement', { skip: missingPrograms('java', 'javac') }, async (t) =>
  playClient(t, { cases: clientCases, command: await buildJavaDriver(await temporaryFolder(t)) }),
)
