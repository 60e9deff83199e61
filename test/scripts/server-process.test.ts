import t from 'tap'
import { startServerProcess } from '../../scripts/stack/server-process.ts'

/** A process that ignores requests to leave, and has started another such process. */
const stuck = `
  process.on('SIGTERM', () => {})
  setInterval(() => {}, 1_000)
  if (process.argv[1] !== 'child') {
    const child = require('node:child_process').spawn(process.execPath, [...process.execArgv, 'child'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.once('spawn', () => console.log(child.pid))
  }
`

t.test('stopping a server that does not leave ends the processes that it has started', async (t) => {
  const started = Promise.withResolvers<number>()
  const server = startServerProcess({
    args: ['-e', stuck],
    env: {},
    patienceMs: 300,
    onLine: (line) => started.resolve(Number(line)),
  })
  t.teardown(() => void server.kill())
  const childPid = await started.promise
  t.teardown(() => {
    if (server.exit === null) process.kill(childPid, 'SIGKILL')
  })
  // Its output, which the child has inherited, is closed when both have ended.
  t.match(await server.stop(), { signal: 'SIGKILL' })
  t.equal(server.isStuck, true)
})
