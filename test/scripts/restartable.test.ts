import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { anyFree } from '../../scripts/stack/ports.ts'
import { restartable } from '../../scripts/stack/restartable.ts'
import type { Exit } from '../../scripts/stack/server-process.ts'
import { startService } from '../../scripts/stack/service.ts'

const entry = fileURLToPath(new URL('stand-in-service.ts', import.meta.url))

async function start(t: Test) {
  const port = await anyFree()
  const env: Record<string, string> = { PORT: String(port), HOST: '127.0.0.1' }
  const launch = (signal: AbortSignal) => startService({ entry, port, env, output: 'kept', signal })
  const ends: (readonly [exit: Exit, wasTold: boolean])[] = []
  const instance = restartable(await launch(new AbortController().signal), launch, (...end) => ends.push(end))
  t.teardown(() => instance.close())
  return { instance, env, ends }
}

t.test('an instance that is stopped or killed can be started again where it was', async (t) => {
  const { instance, ends } = await start(t)
  const { url, pid } = instance
  t.equal(instance.state, 'running')
  instance.askToLeave()
  t.equal(instance.state, 'stopping')
  await instance.exited
  t.match(instance, { state: 'stopped', exit: { code: 0 } })
  const starting = instance.start()
  t.equal(instance.state, 'starting')
  t.equal(instance.start(), starting, 'it is started once at a time')
  await starting
  t.match(instance, { state: 'running', exit: null, url })
  t.not(instance.pid, pid)
  t.equal((await fetch(url)).status, 200)
  await instance.kill()
  t.match(instance, { state: 'stopped', exit: { signal: 'SIGKILL' } })
  t.same(
    ends.map(([, wasTold]) => wasTold),
    [true, true],
  )
})

t.test('an instance that ends by itself is told from one that was stopped', async (t) => {
  const { instance, ends } = await start(t)
  process.kill(instance.pid, 'SIGKILL')
  await instance.exited
  t.same(ends, [[{ code: null, signal: 'SIGKILL' }, false]])
  t.equal(instance.state, 'stopped')
})

t.test('a start that fails leaves the instance stopped, and closing gives a start up', async (t) => {
  const { instance, env } = await start(t)
  await instance.kill()
  env.STAND_IN = 'fails'
  await t.rejects(instance.start(), /exit code 7/)
  t.equal(instance.state, 'stopped')
  env.STAND_IN = ''
  const starting = instance.start()
  await Promise.all([t.rejects(starting, /the stack is stopping/), instance.close()])
  t.equal(instance.state, 'stopped')
  await instance.start()
  t.equal(instance.state, 'stopped', 'a closed instance is not started any more')
})
