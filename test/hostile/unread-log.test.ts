import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

t.test('an instance whose log nobody reads serves on, says later what was dropped, and ends in order', async (t) => {
  const world = await startClientQueueWorld(t)
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH ?? '', LOGGING_MODE: 'PRODUCTION', LOG_LEVEL: 'debug', ...world.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => void child.kill('SIGKILL'))
  let log = ''
  const url = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk
      const listening = /"port":(\d+).*"listening"/.exec(log)
      if (listening) resolve(`http://127.0.0.1:${listening[1]}`)
    })
  })
  child.stdout.pause()
  while (!((await world.metric({ url }, 'dropped_log_lines_total')) > 100)) {
    const refused = Array.from({ length: 100 }, () => fetch(`${url}/notifications`).then((answer) => answer.text()))
    await Promise.all(refused)
  }
  const health = await fetch(`${url}/health`)
  t.equal(health.status, 200, 'health is answered')
  child.stdout.resume()
  while (!log.includes('"dropped":')) {
    await (await fetch(`${url}/notifications`)).text()
  }
  t.match(log, /"dropped":\d+/, 'a later line says how many lines are missing')
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})
