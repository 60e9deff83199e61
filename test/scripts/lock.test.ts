import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { isLocked, lockFolder } from '../../scripts/stack/lock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

t.test('a folder can be locked once, and again after its release', async (t) => {
  const folder = await temporaryFolder(t)
  const first = lockFolder(folder)
  t.ok(first)
  t.equal(lockFolder(folder), null)
  t.ok(isLocked(folder))
  first?.[Symbol.dispose]()
  t.notOk(isLocked(folder))
})

t.test('a killed process leaves no lock behind', async (t) => {
  const folder = await temporaryFolder(t)
  const holder = ward(
    spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { lockFolder } from ${JSON.stringify(import.meta.resolve('../../scripts/stack/lock.ts'))}
     console.log(lockFolder(${JSON.stringify(folder)}) !== null)
     setInterval(() => {}, 1_000)`,
    ]),
  )
  t.teardown(() => holder.kill('SIGKILL'))
  const [said] = await once(holder.stdout, 'data')
  t.equal(String(said).trim(), 'true')
  t.ok(isLocked(folder))
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  t.notOk(isLocked(folder))
})
