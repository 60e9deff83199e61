import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { startWorld } from '../support/world.ts'
import { readImage, root } from './dockerfile.ts'
import { layOut, lockedPackages, notLocked, productionPackages } from './file-set.ts'
import { importsOf, packageOf, staysIn } from './imports.ts'

const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>

t.test('no file of the service imports a file or package that the image does not have', async (t) => {
  const strays = [...importsOf('src')].filter(({ file, specifier }) => {
    const name = packageOf(specifier)
    return name !== null && !staysIn('src', file, specifier) && !(name in dependencies)
  })
  t.strictSame(strays, [])
})

t.test('no production package has a script that runs at installation', async (t) => {
  const locked = lockedPackages()
  const scripted = productionPackages().filter((folder) => locked[folder]?.hasInstallScript)
  t.strictSame(scripted, [])
})

t.test('the lock file has every package, including those for other machines, without which npm ci fails', async (t) => {
  t.strictSame(notLocked(), [])
})

t.test('a service delivers that runs from read-only files of the image as another user', async (t) => {
  const [world, { service: cwd, bin }] = await Promise.all([startWorld(t), layOut(t)])
  // Production packages may need a package of the tests as well.
  const shared = new Set(productionPackages())
  const testsOnly = Object.keys(devDependencies).filter((name) => !shared.has(`node_modules/${name}`))
  for (const name of testsOnly) t.notOk(existsSync(join(cwd, 'node_modules', name)), name)
  const image = readImage()
  const [uid, gid] = image.user.split(':').map(Number)
  const user = process.getuid?.() === 0 ? { uid, gid } : {}
  if (user.uid === undefined) t.comment('only root can start it as another user: it runs as the user of this test')

  // As in a container, the environment has nothing of this process, such as the variables that tap sets.
  const bare = (env: Readonly<Record<string, string>>, command: readonly string[]) => [
    '-i',
    ...Object.entries({ ...image.env, PATH: `${bin}:${image.env.PATH}`, ...env }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    ...command,
  ]

  // Writing a file or starting a process is refused, even where the user may do so.
  const NODE_OPTIONS = '--permission --allow-fs-read=*'
  const child = ward(
    spawn('/usr/bin/env', bare({ NODE_OPTIONS, ...world.env }, image.command), {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    }),
  )
  const ended = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let lines = ''
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk
  })
  let port = 0
  for await (const line of createInterface({ input: child.stdout })) {
    lines += `${line}\n`
    const { msg, port: listening } = JSON.parse(line)
    if (msg !== 'listening') continue
    port = listening
    break
  }
  if (port === 0) throw new Error(`the service ended before it listened:\n${lines}${complaints}`)
  child.stdout.resume()

  const url = `http://127.0.0.1:${port}`
  t.match(await world.health({ url }), { status: 'ok', heldPolls: 0 })
  const held = world.poll({ url }, 'alice')
  const id = await world.publish({ url }, 'alice', 'from an image')
  t.match((await held).json(), { notifications: [{ id, body: 'from an image' }] })

  const healthCheck = async (port: string) => {
    const check = ward(
      spawn('/usr/bin/env', bare({ PORT: port }, image.health.command), {
        cwd,
        stdio: 'ignore',
        ...user,
      }),
    )
    const [code] = await once(check, 'close')
    return code
  }
  t.equal(await healthCheck(String(port)), 0)
  t.equal(await healthCheck(new URL(world.issuer.url).port), 1, 'the server answers, but is not a live service')
  t.equal(complaints, '')
})
