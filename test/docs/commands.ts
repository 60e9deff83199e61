import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { type Message, sendMessage, sqsClient } from '../../scripts/stack/publisher.ts'
import { type RunningStack, runningStack } from '../../scripts/stack/running.ts'
import { type Ports, readStackFile } from '../../scripts/stack/stack-file.ts'
import { until } from '../../scripts/stack/until.ts'
import { readMessage } from '../../src/adapters/sqs/envelope.ts'
import { startSmtp } from '../support/smtp.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Block, blocks, inCheckout } from './blocks.ts'
import { standInForNpm } from './npm-stand-in.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
export const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

/** Blocks that another test plays, by words that are in them. */
const playedElsewhere: Readonly<Record<string, string>> = {
  'JWT_ISSUER=': 'test/field/issuers.test.ts',
  '"<detail>"': 'test/http/publication-forms.test.ts',
  '"detail-type"': 'senders.test.ts',
  '"<order>"': 'senders.test.ts',
  'scheduler.execution-id': 'senders.test.ts',
  'is on its way': 'senders.test.ts',
  'states:::sqs:sendMessage': 'senders.test.ts',
  'import boto3': 'senders.test.ts',
  'software.amazon.awssdk': 'senders.test.ts',
  'aws-sdk-go-v2': 'senders.test.ts',
  '"Statement"': 'senders.test.ts',
  'client.run(show)': 'platforms.test.ts',
  'client.Run(ctx': 'platforms.test.ts',
  'notifications_run(&n)': 'platforms.test.ts',
  './print-token ./handle': 'platforms.test.ts',
  'for await': 'snippets.test.ts and test/browser/documented-code.ts',
  'new Notifications(': 'snippets.test.ts and test/browser/documented-code.ts',
  'function stayConnected': 'snippets.test.ts and test/browser/documented-code.ts',
  'new EventSource(': 'snippets.test.ts and test/browser/documented-code.ts',
  'wakeThisDevice(': 'test/browser/wake-ups.ts',
  'new WebSocket(': 'snippets.test.ts and test/browser/documented-code.ts',
}

/** A shell that runs a command of the documentation, as in another terminal beside `npm run dev`. */
function shell(t: Test, command: string, env: Readonly<Record<string, string>>, cwd = root) {
  const child = ward(
    spawn('bash', ['-euo', 'pipefail', '-c', command], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // So that everything it has started ends with it.
      detached: true,
    }),
  )
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const written = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text
    })
  }
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), signal)
    await ended
  }
  t.teardown(() => stop())
  return { written, ended, stop }
}

/** Compares the stand-in for npm with npm itself. */
export async function comparesStandIn(t: Test): Promise<void> {
  const PATH = await standInForNpm(await temporaryFolder(t), scripts)
  const DEV_FOLDER = await temporaryFolder(t)
  for (const command of ['npm run -s token -- --ttl "a b" alice', 'npm run -s notify -- alice']) {
    const [npm, standIn] = [{ DEV_FOLDER }, { DEV_FOLDER, PATH }].map((env) => shell(t, command, env))
    t.same([await standIn?.ended, standIn?.written], [await npm?.ended, npm?.written])
    t.match(npm?.written.stderr, 'usage: npm run ')
  }
}

/** Plays the blocks of every page beside `npm run dev`, in their order, but for the checks that are left out. */
export async function playBlocks(t: Test, leftOut: readonly string[]): Promise<void> {
  const folder = await temporaryFolder(t)
  const PATH = await standInForNpm(await temporaryFolder(t), scripts)
  const dev = shell(t, 'exec npm run dev', { DEV_FOLDER: folder, PATH })
  await until(() => {
    if (/ERR|did not start/.test(dev.written.stderr)) throw new Error(dev.written.stderr)
    return dev.written.stdout.includes('Ctrl-C stops everything')
  })
  const stack = runningStack(folder) as RunningStack
  const ports: Partial<Ports> = readStackFile(folder)?.ports ?? {}
  const sqlPlace = { user: 'my_user', password: 'my_password', database: 'message_service' }
  const env = {
    DEV_FOLDER: folder,
    PATH,
    TOKEN: await stack.token('alice'),
    AWS_REGION: stack.region,
    AWS_ENDPOINT_URL_SQS: stack.sqsEndpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  }
  const here = (command: string) =>
    command
      .replaceAll('http://127.0.0.1:8080', stack.serviceUrl)
      .replaceAll('https://issuer.example.org/jwks.json', `http://127.0.0.1:${ports.issuer}/jwks`)
  const run = async (command: string, more: Readonly<Record<string, string>> = {}) => {
    const { written, ended } = shell(t, here(command), { ...env, ...more })
    const [code] = await ended
    t.equal(code, 0, `${command}\n${written.stderr}`)
    return written.stdout
  }
  /** Runs JavaScript that leaves `serviceUrl` and `getToken` to its reader. */
  const runScript = (text: string) => {
    const getToken = `async () => '${publisherToken}'`
    const script = `const serviceUrl = '${stack.serviceUrl}'\nconst getToken = ${getToken}\n${inCheckout(text)}`
    return run(`"${process.execPath}" --input-type=module --eval "$SCRIPT"`, { SCRIPT: script })
  }
  const publisherToken = await stack.token('shop', { scope: 'sessions:read' })
  const isOnline = async () => {
    const headers = { authorization: `Bearer ${publisherToken}` }
    const answer = await fetch(`${stack.serviceUrl}/sessions/alice`, { headers })
    return ((await answer.json()) as { online: boolean }).online
  }
  const sqs = sqsClient(stack.sqsEndpoint, stack.region)
  t.teardown(() => sqs.destroy())
  const sendLetter = (id: string, more: Partial<Message> = {}) =>
    sendMessage(sqs, stack.deadLetterQueueUrl, { addressee: 'alice', subject: 'order', body: 'a letter', id, ...more })
  const poll = 'curl -s -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:8080/notifications?wait=20"'
  let polling: Promise<string> | null = null
  let callbackUrl = ''
  /** Starts a block that listens, for a client that has nothing yet, and posts to its callback URL. */
  const listening = async (block: string) => {
    const TOKEN = await stack.token('listener')
    const listener = shell(t, `${block.trim()} --url ${stack.serviceUrl}`, { ...env, TOKEN })
    const url = () => /^Callback URL: (.*)$/m.exec(listener.written.stderr)?.[1]
    await until(() => url() !== undefined)
    await fetch(url() ?? '', { method: 'POST', body: 'a callback' })
    return listener
  }

  /** Checks a block that has certain words in it. */
  const checks: Readonly<Record<string, (block: string) => Promise<unknown>>> = {
    // The gate has run it, and `dev` above is the rest of the block.
    'npm ci\nnpm run dev': async () => {},
    'notifications?wait=60': async (block) => {
      polling = run(block)
      await until(isOnline)
      const notify = blocks.find(({ text }) => text.startsWith('npm run notify'))
      t.match(await run(notify?.text ?? ''), /^Sent 12 bytes to /m)
      t.match(await polling, /^HTTP\/1.1 200 [\s\S]*"body":"{\\"order\\":42}"/)
    },
    // Output of the doctor, whose own suite holds its lines.
    'ok    settings  all settings can be read': async () => {},
    // A line of the access log, and queries of Prometheus: nothing to run here.
    '"msg":"request ended"': async () => {},
    '(notifications_': async () => {},
    'npm run notify -- --wait 20 alice': async (block) => {
      polling = run(poll)
      t.match(await run(block), /^Published 16 bytes as \S+: acknowledged\.$/m)
      await polling
    },
    'npm run notify -- --ttl 60 carol': async (block) => t.match(await run(block), /^Sent 17 bytes to /m),
    // Runs beside the poll before it.
    'npm run notify -- alice': async () => {},
    'rm -rf .dev': async (block) => {
      t.match(await readFileSync(join(root, '.gitignore'), 'utf8'), /^\.dev\/?$/m)
      const checkout = await temporaryFolder(t)
      mkdirSync(join(checkout, '.dev'))
      await shell(t, block, {}, checkout).ended
      t.notOk(existsSync(join(checkout, '.dev')))
    },
    'npm start': async (block) => {
      // Node says so in every process, of the file that `npm start` reads if it is there.
      const noEnvFile = /\.env not found\. Continuing without it\.\s*/g
      const database = { DB_PORT: String(ports.postgres), PORT: '0' }
      const starting = shell(t, here(block), { ...env, ...database })
      await until(() => {
        const errors = starting.written.stderr.replace(noEnvFile, '')
        if (errors !== '') throw new Error(errors)
        return starting.written.stdout.includes('listening')
      })
      await starting.stop()
    },
    'npm test --': async (block) => t.match(await run(block), /^[1-9]\d* passed, 0 failed$/m),
    '/notifications/ack': async (block) => t.match(await run(block), /^HTTP\/1.1 200 [\s\S]*"unknown":\["5b2f/),
    '"notifications": [': async (block) => t.equal(JSON.parse(block).notifications[0].addressee, 'alice'),
    '"data": { "order": 42 }': async (block) =>
      t.match(readMessage({ Body: block, MessageId: 'id' }, { addresseePointer: '/detail/addressee' }), {
        ok: true,
        notification: { addressee: 'alice', subject: 'order.shipped', body: '{"order":42}' },
      }),
    'aws sqs send-message': async (block) => {
      polling = run(poll)
      // Where the AWS CLI is not installed the SDK makes the same call.
      const hasCli = (await shell(t, 'command -v aws', {}).ended)[0] === 0
      if (!hasCli) t.comment('the AWS CLI is not installed: the SDK of JavaScript sends the same call')
      const sdk =
        "const [,, , url, , body] = process.argv; const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs'); await new SQSClient({ useQueueUrlAsEndpoint: false }).send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }))"
      const standIn = `aws() { "${process.execPath}" --input-type=module --eval "$SDK" -- "$@"; }\n`
      // Version 1 of the CLI does not take the endpoint from the environment.
      const local = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL_SQS" "$@"; }\n'
      await run((hasCli ? local : standIn) + block, {
        SQS_INTAKE_QUEUE_URL: stack.intakeQueueUrl,
        AWS_DEFAULT_REGION: stack.region,
        SDK: sdk,
      })
      t.match(JSON.parse(await polling), { notifications: [{ subject: 'order.shipped', body: '{"order":42}' }] })
    },
    'while true': async (block) => {
      const loop = shell(t, here(block), env)
      for (const body of ['one', 'two']) {
        await run(`npm run notify -- alice ${body}`)
        await until(() => loop.written.stdout.includes(`"body":"${body}"`))
      }
      await loop.stop()
      t.equal(loop.written.stderr, '')
      // The last one may not be acknowledged.
      await run(poll.replace('wait=20', 'wait=1'))
    },
    'conformance -- --client': async (block) => t.match(await run(block), /^[1-9]\d* passed, 0 failed$/m),
    'conformance -- --server': async (block) => t.match(await run(block), /^[1-9]\d* passed, 0 failed$/m),
    '"error": "ERROR_FORBIDDEN"': async (block) =>
      t.strictSame(Object.keys(JSON.parse(block)), ['error', 'message', 'context']),
    'npm run pack': async (block) => {
      const written = await run(`${block.trim()} -- --out ${await temporaryFolder(t)}`)
      for (const path of written.split('\n').filter((line) => line.endsWith('.tgz'))) t.ok(existsSync(path), path)
      t.equal(written.match(/\.tgz$/gm)?.length, 3)
    },
    'listen -- --json': async (block) => {
      const { written, ended } = await listening(block)
      t.equal((await ended)[0], 0)
      t.match(JSON.parse(written.stdout.trimEnd().split('\n').at(-1) ?? ''), {
        addressee: 'listener',
        body: 'a callback',
      })
    },
    'listen -- --forward': async (block) => {
      const { promise: posted, resolve } = Promise.withResolvers<IncomingMessage>()
      const hook = createServer((request, response) => {
        resolve(request)
        response.end()
      }).listen(0, '127.0.0.1')
      t.teardown(() => hook.close())
      await once(hook, 'listening')
      const port = (hook.address() as AddressInfo).port
      const { stop } = await listening(block.replace('localhost:3000', `127.0.0.1:${port}`))
      t.match((await posted).headers, { 'notification-addressee': 'listener', 'webhook-id': /./ })
      await stop('SIGINT')
    },
    'listen -- --token-command': async (block) => {
      const { written, stop } = await listening(block.replace('alice', 'listener'))
      await until(() => written.stdout.includes('a callback to listener\n'))
      await stop('SIGINT')
    },
    '[Service]': async (block) =>
      t.match(block, (scripts.start ?? '').replace('node --env-file-if-exists=.env', '/usr/bin/node --env-file=.env')),
    'node -p': async (block) => t.match(await run(block), /sub: 'alice'/),
    '/sessions/alice': async (block) => t.match(JSON.parse(await run(block)), { clientId: 'alice', mode: 1 }),
    'createPublisher(': async (block) => {
      polling = run(poll)
      await until(isOnline)
      // The local SQS has queue URLs with a host of its own.
      const local = block.replace('new SQSClient({})', 'new SQSClient({ useQueueUrlAsEndpoint: false })')
      t.equal(await runScript(`${local}\nconsole.log(status)`), 'sent\n')
      t.match(JSON.parse(await polling), { notifications: [{ subject: 'order.shipped', body: '{"order":42}' }] })
    },
    'clientQueueName(': async (block) => {
      const promised = [...block.matchAll(/\/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join('')
      t.equal(await runScript(block), promised)
    },
    '/notifications/batch': async (block) => {
      const [alice, bob] = [{ id: 'batch-42' }, { id: 'batch-43' }].map((result) => ({ ...result, httpStatus: 202 }))
      t.match(JSON.parse(await run(block)), { results: [alice, bob] })
      const again = { duplicate: true }
      t.match(JSON.parse(await run(block)), {
        results: [
          { ...alice, ...again },
          { ...bob, ...again },
        ],
      })
    },
    'application/cloudevents+json': async (block) => {
      t.match(JSON.parse(await run(block)), { duplicate: false })
      t.match(JSON.parse(await run(block)), { duplicate: true })
    },
    'scope notifications:publish': async (block) => {
      t.match(JSON.parse(await run(block)), { id: 'order-42' })
      t.match(JSON.parse(await run(block)), { id: 'order-42', duplicate: true })
    },
    'CALLBACK=': async (block) => {
      callbackUrl = (await run(`${block}echo "$CALLBACK"`)).trim()
      t.match(callbackUrl, `${stack.serviceUrl}/callback/`)
    },
    '"$CALLBACK"': async (block) => {
      t.match(JSON.parse(await run(block, { CALLBACK: callbackUrl })), { duplicate: false })
      const { notifications } = JSON.parse(await run(poll))
      t.match(
        notifications.find(({ subject }: { subject: string }) => subject === 'report.done'),
        { body: '{"pages":12}', contentType: 'application/json', correlationId: 'job-17' },
      )
    },
    'Bearer $TOKEN" http://127.0.0.1:8080/registrations': async (block) =>
      t.match(JSON.parse(await run(block)), { registrations: [{ subject: 'report.done', uses: 1 }] }),
    'dead-letters -- list': async (block) => {
      await sendLetter('letter-1')
      t.match(await run(block), /^\S+ {2}letter-1 {2}alice {2}order {2}no client acknowledged it$/m)
    },
    'forward --follow --to receipts': async (block) => {
      await sendLetter('letter-0', { receiptTo: 'receipts' })
      const reader = shell(t, here(block), env)
      await until(() => reader.written.stdout.includes('letter-0  receipt-sent  receipts\n'))
      await reader.stop('SIGINT')
    },
    'dead-letters -- forward': async (block) => {
      const { mails, url } = await startSmtp(t)
      await sendLetter('letter-2')
      await run(block.replace('smtp://mail.example.org', url))
      t.match(mails, [{ to: 'ops@example.org', from: 'notifications@example.org' }])
    },
    'dead-letters -- redrive': async (block) => {
      // The listing above gives its letters back a second later.
      await until(async () => /^letter-1 {2}sent {2}/m.test(await run(block)))
      t.match(JSON.parse(await run(poll)), { notifications: [{ id: 'letter-1', body: 'a letter' }] })
    },
    'Subject: {{subject}}': async (block) => t.match(block, /^Subject: .*\n\n/),
    'from notifier_instances': async (block) => {
      const sql = postgres({ host: '127.0.0.1', port: ports.postgres ?? 0, ...sqlPlace })
      for (const query of block.split(';').filter((text) => text.trim() !== '')) {
        t.ok(Array.isArray([...(await sql.unsafe(query))]), query.trim())
      }
      await sql.end({ timeout: 1 })
    },
  }
  const unchecked = new Set(Object.keys(checks))
  const done = new Set<string>()
  for (const { page, line, language, text } of blocks) {
    // A drawing.
    if (language === '' || language === 'mermaid') continue
    if (Object.keys(playedElsewhere).some((words) => text.includes(words)) || done.has(text)) continue
    const words = Object.keys(checks).find((words) => text.includes(words))
    if (words === undefined) t.fail(`nobody knows what the block at ${page}:${line} should do`)
    else if (!leftOut.includes(words)) await checks[words]?.(text)
    unchecked.delete(words ?? '')
    done.add(text)
  }
  t.same([...unchecked], [], 'every check has its block')
  for (const words of Object.keys(playedElsewhere)) {
    t.ok(
      blocks.some(({ text }: Block) => text.includes(words)),
      words,
    )
  }

  await dev.stop('SIGINT')
  t.match(dev.written.stdout, 'Stopped.')
}
