import { execFile } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { isClientId } from '../../src/delivery/notification.ts'
import { clientQueueName } from '../../src/publisher/publisher.js'
import { temporaryFolder } from '../support/temporary-folder.ts'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url).pathname
const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** Makes a consumer's folder with the package in its node_modules, where Node does not run TypeScript. */
async function consumer(t: Parameters<typeof temporaryFolder>[0]): Promise<string> {
  const folder = await temporaryFolder(t)
  const installed = join(folder, 'node_modules/notification-service')
  await mkdir(join(installed, 'src'), { recursive: true })
  await cp(join(root, 'package.json'), join(installed, 'package.json'))
  await cp(join(root, 'src/publisher'), join(installed, 'src/publisher'), { recursive: true })
  for (const name of ['@aws-sdk', '@smithy', '@types']) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  return folder
}

const program = `import { SQSClient } from '@aws-sdk/client-sqs'
import { clientQueueName, createPublisher, PublishError } from 'notification-service/publisher'
const publisher = createPublisher({ serviceUrl: 'http://127.0.0.1:1', getToken: async () => 'token', sqs: new SQSClient({}) })
console.log(typeof publisher.publish, clientQueueName('clients', 'alice'), PublishError.name)
`

t.test('an installed package has the publisher module and its types', async (t) => {
  const folder = await consumer(t)
  await writeFile(join(folder, 'publish.mjs'), program)
  const env = { ...process.env, AWS_REGION: 'us-east-1' }
  const { stdout } = await run(process.execPath, ['publish.mjs'], { cwd: folder, env })
  t.equal(stdout, 'function clients-alice PublishError\n')

  const use = "publisher.publish({ addressee: 'alice', subject: 'greeting', body: new Uint8Array() })"
  const look = `const published = await ${use}\nif (published.status === 'sent') published.queueUrl.length\n`
  await writeFile(join(folder, 'publish.mts'), program + look)
  await writeFile(join(folder, 'wrong.mts'), `${program}const published = await ${use}\npublished.queueUrl\n`)
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck']
  // Both at once: a start of the compiler takes as long as everything else here.
  const both = run(process.execPath, [tsc, ...options, '--pretty', 'false', 'publish.mts', 'wrong.mts'], {
    cwd: folder,
  })
  const { stdout: complaints } = await both.then(
    () => ({ stdout: 'none' }),
    (error: { stdout: string }) => error,
  )
  t.match(complaints, /^wrong\.mts\(\d+,\d+\): error TS\d+: [^\n]*queueUrl[^\n]*\n( +[^\n]*\n)*$/)
})

t.test('the module accepts the client ids that the service accepts', async (t) => {
  for (const text of ['', 'a', 'x'.repeat(512), 'x'.repeat(513), 'a\u0085', '😀', '\ud83d']) {
    if (isClientId(text)) t.match(clientQueueName('clients', text), /^clients-/)
    else t.throws(() => clientQueueName('clients', text), TypeError)
  }
})
