import t from 'tap'
import { processes } from '../../scripts/stack/processes.ts'
import { pageEntry } from '../../scripts/stack/project.ts'
import { readStackFile } from '../../scripts/stack/stack-file.ts'
import { until } from '../../scripts/stack/until.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startScript } from './started-script.ts'

t.test('npm run dev goes on when an instance ends, says how, and its page starts it again', async (t) => {
  const folder = await temporaryFolder(t)
  const dev = startScript(t, folder, 'dev', '--instances', '1')
  t.equal(await Promise.race([dev.isUp, dev.exited]), 'up', dev.written.stderr)
  const services = processes().filter(({ parent, args }) => parent === dev.child.pid && args.includes(pageEntry))
  t.equal(services.length, 1)
  process.kill(services[0]?.pid ?? 0, 'SIGKILL')
  await until(() => dev.written.stdout.includes('has ended unexpectedly (SIGKILL)'))
  const { ports, serviceUrl } = readStackFile(folder) ?? {}
  const page = `http://127.0.0.1:${ports?.page}`
  t.match(dev.written.stdout, `the page starts it again: ${page}`)
  t.match(await (await fetch(`${page}/dev/stack`)).json(), { instances: [{ state: 'stopped', ended: 'SIGKILL' }] })
  t.equal((await fetch(`${page}/dev/instances/1/start`, { method: 'POST' })).status, 202)
  await until(async () => {
    const { instances } = (await (await fetch(`${page}/dev/stack`)).json()) as { instances: { state: string }[] }
    return instances[0]?.state === 'running'
  })
  t.equal((await fetch(`${serviceUrl}/health/ready`)).status, 200)
  dev.child.kill('SIGINT')
  t.same(await dev.exited, [0, null])
})

t.test('npm run dev -- --mode 2 runs without a database, and a message waits for an absent client', async (t) => {
  const folder = await temporaryFolder(t)
  const dev = startScript(t, folder, 'dev', '--mode', '2', '--instances', '1')
  t.equal(await Promise.race([dev.isUp, dev.exited]), 'up', dev.written.stderr)
  t.notMatch(dev.written.stdout, 'PostgreSQL')
  const url = readStackFile(folder)?.serviceUrl ?? ''

  const token = startScript(t, folder, 'token', 'alice')
  await token.exited
  const authorization = `Bearer ${token.written.stdout.trim()}`
  const sent = startScript(t, folder, 'notify', 'alice', 'hello', '--wait', '1')
  t.same(await sent.exited, [1, null])
  t.match(sent.written.stdout, /: queued, and the service has not waited\.$/m)
  const answer = await fetch(`${url}/notifications?wait=30`, { headers: { authorization } })
  t.match(await answer.json(), { notifications: [{ body: 'hello' }] })

  dev.child.kill('SIGINT')
  t.same(await dev.exited, [0, null])
})
