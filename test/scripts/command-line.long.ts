import t from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { hasHelp, helpRuns } from './command-help.ts'
import { commands, runCommandFile } from './command-runs.ts'

t.jobs = 2

for (const command of commands) {
  t.test(`${command.name} has --help, and refuses unknown options, as a process`, { buffered: true }, async (t) => {
    const folder = await temporaryFolder(t)
    const runs = helpRuns(command).map((arg) => runCommandFile(command.file, [arg], folder))
    hasHelp(t, command, await Promise.all(runs))
  })
}
