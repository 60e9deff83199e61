/** A suite whose child takes 300 ms of CPU time. */
import { execFileSync } from 'node:child_process'
import t from 'tap'

execFileSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 300_000);'])
t.pass('the child has ended')
