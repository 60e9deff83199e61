import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { processes } from '../../scripts/stack/processes.ts'
import { pageEntry } from '../../scripts/stack/project.ts'
import { readStackFile } from '../../scripts/stack/stack-file.ts'
import { until } from '../../scripts/stack/until.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Starts a script like npm, with a temporary folder in place of .dev, and collects its output. */
function start(t: Test, folder: string, script: string, ...args: string[]) {
  const file = fileURLToPath(new URL(`../../scripts/${script}.ts`, import.meta.url))
  const child = ward(
    spawn(process.execPath, [file, ...args], {
      env: { ...process.env, DEV_FOLDER: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const written = { stdout: '', stderr: '' }
  const { promise: isUp, resolve } = Promise.withResolvers<string>()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
    if (written.stdout.includes('Ctrl-C stops everything')) resolve('up')
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  return { child, exited, isUp, written }
}

t.test('the commands that npm run dev suggests work, and Ctrl-C stops it in order', async (t) => {
  const folder = await temporaryFolder(t)
  const dev = start(t, folder, 'dev')
  t.equal(await Promise.race([dev.isUp, dev.exited]), 'up', dev.written.stderr)
  const url = readStackFile(folder)?.serviceUrl ?? ''
  t.match(dev.written.stdout, url)

  const [first, second] = readStackFile(folder)?.ports.services ?? []
  const pageUrl = `http://127.0.0.1:${readStackFile(folder)?.ports.page}/`
  t.match(dev.written.stdout, `Page     ${pageUrl}`)
  const page = await fetch(`http://127.0.0.1:${first}/?client=alice`)
  t.equal(page.url, `${pageUrl}?client=alice`)
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), 'text/html')
  // Only the first instance leads to the page; the others run like npm start.
  t.equal((await fetch(`http://127.0.0.1:${second}/`)).status, 404)

  const token = start(t, folder, 'token', 'alice')
  t.same(await token.exited, [0, null])
  const early = start(t, folder, 'notify', 'bob', 'for later')
  t.same(await early.exited, [0, null])
  t.match(early.written.stdout, /^Sent 9 bytes to .*\/notifications-intake as message /)
  t.match(dev.written.stdout, /^Intake {3}.*\/notifications-intake /m)

  const authorization = `Bearer ${token.written.stdout.trim()}`
  t.match(dev.written.stdout, /export TOKEN=ey/)
  const held = fetch(`${url}/notifications?wait=30`, { headers: { authorization } })
  const sent = start(t, folder, 'notify', 'alice', '{"order":42}', '--id', 'order-42')
  t.same(await sent.exited, [0, null])
  const answer = await held
  t.equal(answer.status, 200)
  t.match(await answer.json(), {
    notifications: [{ id: 'order-42', body: '{"order":42}', contentType: 'application/json' }],
  })

  const again = start(t, folder, 'dev')
  t.same(await again.exited, [1, null])
  t.equal(again.written.stderr, `npm run dev already runs in this checkout: ${url}.\n`)

  // Twice, because the terminal and npm both send the signal.
  dev.child.kill('SIGINT')
  dev.child.kill('SIGINT')
  t.same(await dev.exited, [0, null])
  t.match(dev.written.stdout, 'Stopped.')
})

t.test('npm run dev -- --mode 2 runs without a database, and a message waits for an absent client', async (t) => {
  const folder = await temporaryFolder(t)
  const dev = start(t, folder, 'dev', '--mode', '2')
  t.equal(await Promise.race([dev.isUp, dev.exited]), 'up', dev.written.stderr)
  t.notMatch(dev.written.stdout, 'PostgreSQL')
  const url = readStackFile(folder)?.serviceUrl ?? ''

  const token = start(t, folder, 'token', 'alice')
  await token.exited
  const authorization = `Bearer ${token.written.stdout.trim()}`
  const sent = start(t, folder, 'notify', 'alice', 'hello')
  t.same(await sent.exited, [0, null])
  const answer = await fetch(`${url}/notifications?wait=30`, { headers: { authorization } })
  t.match(await answer.json(), { notifications: [{ body: 'hello' }] })

  dev.child.kill('SIGINT')
  t.same(await dev.exited, [0, null])
})

t.test('npm run dev goes on when an instance ends, says how, and its page starts it again', async (t) => {
  const folder = await temporaryFolder(t)
  const dev = start(t, folder, 'dev', '--instances', '1')
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
