import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { serviceEntry } from '../../scripts/stack/project.ts'

const linux = process.platform === 'linux' ? false : 'only Linux shares a port'

t.test('instances that share a port do not look for the file of settings again', { skip: linux }, async (t) => {
  const nowhere = 'http://127.0.0.1:1'
  const parent = ward(
    spawn(process.execPath, ['--env-file-if-exists=/nowhere/.env', serviceEntry], {
      env: {
        ...{ PATH: process.env.PATH, INSTANCES: '2', HOST: '127.0.0.1', PORT: '0', LOGGING_MODE: 'PRODUCTION' },
        ...{ COGNITO_JWK_URL: nowhere, SQS_QUEUE_NAME_PREFIX: 'nowhere', DB_HOST: '127.0.0.1', DB_PORT: '1' },
        ...{ AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_SQS: nowhere },
        ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  const ended = once(parent, 'exit')
  let complaints = ''
  parent.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk
  })
  const waiting = new Set<number>()
  for await (const line of createInterface({ input: parent.stdout })) {
    const { msg, instance } = JSON.parse(line) as { msg: string; instance?: number }
    if (instance !== undefined && msg.startsWith('the start waits')) waiting.add(instance)
    if (waiting.size === 2) break
  }
  parent.stdout.resume()
  parent.kill('SIGTERM')
  t.same(await ended, [0, null])
  t.equal(complaints.match(/\.env not found/g)?.length, 1, complaints)
})
