import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { lockFolder } from '../../scripts/stack/lock.ts'
import { isFree } from '../../scripts/stack/ports.ts'
import { runningStack } from '../../scripts/stack/running.ts'
import { startStack } from '../../scripts/stack/stack.ts'
import { readStackFile } from '../../scripts/stack/stack-file.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const entry = fileURLToPath(new URL('stand-in-service.ts', import.meta.url))

t.test('a stack starts with several services, and leaves nothing behind when it stops', async (t) => {
  const temporary = await temporaryFolder(t)
  const tmpdirBefore = process.env.TMPDIR
  process.env.TMPDIR = temporary
  t.teardown(() => {
    if (tmpdirBefore === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = tmpdirBefore
  })
  const stack = await startStack({ dataDir: null, services: 2, entry })
  t.teardown(() => stack.stop())
  const addresses = stack.services.map(({ url }) => url)
  t.equal(new Set(addresses).size, 2)
  for (const url of addresses) t.equal((await fetch(url)).status, 200)
  t.match(stack.env, { COGNITO_JWK_URL: stack.urls.issuer, AWS_ENDPOINT_URL_SQS: stack.urls.sqs, HOST: '127.0.0.1' })
  await stack.stop()
  for (const service of stack.services) t.same(await service.exited, { code: 0, signal: null })
  for (const url of [...addresses, stack.urls.sqs, stack.urls.issuer]) t.ok(await isFree(Number(new URL(url).port)))
  t.ok(await isFree(Number(stack.env.DB_PORT)))
  t.same(await readdir(temporary), [])
})

t.test('a service that ends before it is ready undoes the start, and its last output is shown', async (t) => {
  const folder = await temporaryFolder(t)
  const start = startStack({ dataDir: folder, entry, env: { STAND_IN: 'fails' } })
  await t.rejects(start, { message: /exit code 7.*this is how it fails/s })
  const ports = readStackFile(folder)?.ports
  for (const port of [ports?.sqs, ports?.issuer, ports?.postgres]) t.ok(port && (await isFree(port)))
})

t.test('an interruption undoes the start of a stack', async (t) => {
  const folder = await temporaryFolder(t)
  const reason = new Error('enough')
  const controller = new AbortController()
  const onProgress = (line: string) => {
    if (line.startsWith('PostgreSQL')) controller.abort(reason)
  }
  await t.rejects(startStack({ dataDir: folder, entry, signal: controller.signal, onProgress }), reason)
  const again = await startStack({ dataDir: folder, entry })
  t.teardown(() => again.stop())
  t.pass('the same folder can be used again')
})

t.test('other processes find the stack while it runs, on the ports of its last run', async (t) => {
  const folder = await temporaryFolder(t)
  t.equal(runningStack(folder), null)
  using lock = lockFolder(folder)
  t.ok(lock)
  const first = await startStack({ dataDir: folder, entry })
  t.teardown(() => first.stop())
  const seen = runningStack(folder)
  t.equal(seen?.serviceUrl, first.urls.service)
  t.equal(seen?.sqsEndpoint, first.urls.sqs)
  t.match(await seen?.token('alice'), /^ey/)
  await first.stop()
  const second = await startStack({ dataDir: folder, entry })
  t.teardown(() => second.stop())
  t.same(second.urls, first.urls)
  lock?.[Symbol.dispose]()
  t.equal(runningStack(folder), null)
})
