import { execFile } from 'node:child_process'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packagesFor, scope } from '../../scripts/pack/packages.ts'
import { pages } from '../docs/blocks.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url).pathname
const env = { ...process.env, AWS_REGION: 'us-east-1' }

/** A consumer's folder, with all packages installed from their files and nothing of this checkout but other packages. */
const folder = await temporaryFolder(t)
const { stdout: packed } = await run(process.execPath, [join(root, 'scripts/pack.ts'), '--out', join(folder, 'packs')])
const files = packed.trim().split('\n')
await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
const quietly = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps']
await run('npm', ['install', ...quietly, ...files], { cwd: folder })
for (const name of ['@aws-sdk', '@smithy', '@types']) {
  await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
}

t.test(
  'a package has code, declarations, a README and the licence, and nothing runs when it is installed',
  async (t) => {
    const names = packagesFor('1.0.0').map(({ name }) => name)
    t.equal(files.length, names.length)
    for (const name of names) {
      const installed = join(folder, 'node_modules', scope, name)
      const paths = await readdir(installed, { recursive: true, encoding: 'utf8' })
      for (const path of ['LICENSE', 'README.md', 'package.json']) t.ok(paths.includes(path), `${name}: ${path}`)
      const others = paths.filter((path) => /\.[^/]+$/.test(path) && !/\.(?:js|d\.ts|md|json)$/.test(path))
      t.strictSame(others, [], `${name}: only JavaScript and declarations`)
      const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as object
      t.match(manifest, { name: `${scope}/${name}`, license: 'MIT', type: 'module' })
      t.notOk('scripts' in manifest)
      t.notOk('dependencies' in manifest, `${name} installs nothing else`)
    }
  },
)

const program = `import { SQSClient } from '@aws-sdk/client-sqs'
import { wakeThisDevice } from '${scope}/client/wake-ups'
import { notifications, Notifications, NotificationsError } from '${scope}/client'
import { clientQueueName, createPublisher, PublishError } from '${scope}/publisher'
const publisher = createPublisher({ serviceUrl: 'http://127.0.0.1:1', getToken: async () => 'token', sqs: new SQSClient({}) })
const source = new Notifications({ url: 'http://127.0.0.1:1', getToken: () => 'token' })
console.log(typeof publisher.publish, clientQueueName('clients', 'alice'), PublishError.name)
console.log(typeof source.close, typeof notifications, typeof wakeThisDevice, NotificationsError.name)
`

t.test('the installed modules work, and their declarations tell right uses from wrong ones', async (t) => {
  await writeFile(join(folder, 'use.mjs'), program)
  const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: folder, env })
  t.equal(stdout, 'function clients-alice PublishError\nfunction function function NotificationsError\n')

  const use = "publisher.publish({ addressee: 'alice', subject: 'greeting', body: new Uint8Array() })"
  const look = `const published = await ${use}\nif (published.status === 'sent') published.queueUrl.length\n`
  const listen = "source.addEventListener('notification', ({ notification }) => notification.subject.length)\n"
  await writeFile(join(folder, 'use.mts'), program + look + listen)
  const wrong = `const published = await ${use}\npublished.queueUrl\nsource.closed()\n`
  await writeFile(join(folder, 'wrong.mts'), program + wrong)
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck']
  // Both at once: a start of the compiler takes as long as everything else here.
  const checking = run(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...options, '--pretty', 'false', 'use.mts', 'wrong.mts'],
    { cwd: folder },
  )
  const { stdout: complaints } = await checking.then(
    () => ({ stdout: 'none' }),
    (error: { stdout: string }) => error,
  )
  const lines = complaints.split('\n').filter((line) => /^\S/.test(line))
  t.match(lines, [/^wrong\.mts\(.*queueUrl/, /^wrong\.mts\(.*closed/])
  t.equal(lines.length, 2, complaints)
})

t.test('the installed command prints its help', async (t) => {
  const args = ['--no-install', 'notifications', 'listen', '--help']
  const { stdout } = await run('npx', args, { cwd: folder })
  t.match(stdout, /^usage: notifications listen \[options\]\n/)
})

t.test('every page names packages of this repository, and the READMEs of the packages their own', async (t) => {
  const known = new Set(packagesFor('1.0.0').map(({ name }) => `${scope}/${name}`))
  const readmes = packagesFor('1.0.0').map(({ readme }) => readme)
  const texts = await Promise.all(readmes.map((path) => readFile(join(root, path), 'utf8')))
  for (const text of [...pages.map(({ text }) => text), ...texts]) {
    for (const [name] of text.matchAll(/@[a-z-]*notifications\/[a-z-]+/g)) t.ok(known.has(name), name)
  }
  t.ok(packagesFor('1.0.0').every(({ name }, at) => texts[at]?.includes(`${scope}/${name}`)))
})

t.test('a snippet of a README is JavaScript that finds what it imports', async (t) => {
  for (const name of ['client', 'publisher']) {
    const readme = await readFile(join(folder, 'node_modules', scope, name, 'README.md'), 'utf8')
    const [, snippet = ''] = /^```js\n([\s\S]*?)^```$/m.exec(readme) ?? []
    // A stand-in for the user's own functions, which ends everything before the first request.
    const before =
      'const getToken = () => null, show = () => {}\nprocess.env.SQS_INTAKE_QUEUE_URL = "http://127.0.0.1:1/q"\n'
    await writeFile(join(folder, `${name}.mjs`), before + snippet)
    const said = await run(process.execPath, [`${name}.mjs`], { cwd: folder, env: { ...env, ...noCredentials } }).then(
      () => 'it ended well',
      ({ stderr }: { stderr: string }) => stderr,
    )
    t.match(said, name === 'client' ? 'ERROR_NO_TOKEN' : 'PublishError')
  }
})

/** The SDK fails at once, without a request. */
const noCredentials = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' }
