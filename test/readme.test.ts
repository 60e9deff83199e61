import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { ward } from '../scripts/stack/last-resort.ts'
import { type RunningStack, runningStack } from '../scripts/stack/running.ts'
import { readStackFile } from '../scripts/stack/stack-file.ts'
import { until } from './support/sqs.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const root = new URL('../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Record<string, string>
}

/** The blocks of this language, in order. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, of, text = '']) =>
    of === language ? [text] : [],
  )
}

/** A shell that runs what the README says, as in another terminal beside `npm run dev`. */
function shell(t: Test, command: string, env: Record<string, string>) {
  const child = ward(
    spawn('bash', ['-euo', 'pipefail', '-c', command], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // So that what it has started ends with it.
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

t.test('every script that the README names is there', async (t) => {
  for (const [, name = ''] of readme.matchAll(/npm run (?:-s )?([a-z]+)/g)) t.ok(name in scripts, name)
})

t.test('every command of the README does what it says beside npm run dev', async (t) => {
  const folder = await temporaryFolder(t)
  const dev = shell(t, 'exec npm run dev', { DEV_FOLDER: folder })
  await until(() => {
    if (/ERR|did not start/.test(dev.written.stderr)) throw new Error(dev.written.stderr)
    return dev.written.stdout.includes('Ctrl-C stops everything')
  })
  const stack = runningStack(folder) as RunningStack
  const env = { DEV_FOLDER: folder, TOKEN: await stack.token('alice') }
  const here = (command: string) => command.replaceAll('http://127.0.0.1:8080', stack.serviceUrl)
  const run = async (command: string) => {
    const { written, ended } = shell(t, here(command), env)
    const [code] = await ended
    t.equal(code, 0, `${command}\n${written.stderr}`)
    return written.stdout
  }
  const publisher = { authorization: `Bearer ${await stack.token('shop', { scope: 'sessions:read' })}` }
  const isOnline = async () => {
    const answer = await fetch(`${stack.serviceUrl}/sessions/alice`, { headers: publisher })
    return ((await answer.json()) as { online: boolean }).online
  }

  /** What is known of each block, by words that are in it. */
  const checks: Record<string, (block: string) => Promise<unknown>> = {
    'npm ci': async () => {},
    'npm run check': async () => {},
    'npm run notify': async (block) => {
      const [poll = '', notify = ''] = block.trim().split('\n')
      const polling = run(poll)
      await until(isOnline)
      t.match(await run(notify), /^Sent 12 bytes to /m)
      t.match(await polling, /^HTTP\/1.1 200 [\s\S]*"body":"{\\"order\\":42}"/)
    },
    'while true': async (block) => {
      const loop = shell(t, here(block), env)
      for (const body of ['one', 'two']) {
        await run(`npm run notify -- alice ${body} --store`)
        await until(() => loop.written.stdout.includes(`"body":"${body}"`))
      }
      await loop.stop()
    },
    '/sessions/alice': async (block) => t.match(JSON.parse(await run(block)), { clientId: 'alice', mode: 1 }),
    'scope notifications:publish': async (block) => {
      t.match(JSON.parse(await run(block)), { id: 'order-42', duplicate: false })
      t.match(JSON.parse(await run(block)), { id: 'order-42', duplicate: true })
    },
    'CALLBACK=': async (block) => {
      t.match(await run(block), /^HTTP\/1.1 202 [\s\S]*"duplicate":false/)
      const answer = JSON.parse(
        await run(`curl -s -H "Authorization: Bearer $TOKEN" "${stack.serviceUrl}/notifications?wait=20"`),
      )
      t.match(
        answer.notifications.find(({ subject }: { subject: string }) => subject === 'report.done'),
        { body: '{"pages":12}', contentType: 'application/json', correlationId: 'job-17' },
      )
    },
    'Bearer $TOKEN" http://127.0.0.1:8080/registrations': async (block) =>
      t.match(JSON.parse(await run(block)), { registrations: [{ subject: 'report.done', uses: 1 }] }),
  }
  const unchecked = new Set(Object.keys(checks))
  for (const block of blocks('sh')) {
    const [words] = Object.keys(checks).filter((words) => block.includes(words))
    if (words === undefined) t.fail(`nobody knows what this should do:\n${block}`)
    else await checks[words]?.(block)
    unchecked.delete(words ?? '')
  }
  t.same([...unchecked], [], 'every check has its block')

  const port = readStackFile(folder)?.ports.postgres ?? 0
  const sql = postgres({
    host: '127.0.0.1',
    port,
    user: 'my_user',
    password: 'my_password',
    database: 'message_service',
  })
  t.teardown(() => sql.end({ timeout: 1 }))
  for (const block of blocks('sql')) {
    for (const query of block.split(';').filter((text) => text.trim() !== '')) {
      t.ok(Array.isArray([...(await sql.unsafe(query))]), query.trim())
    }
  }

  await dev.stop('SIGINT')
  t.match(dev.written.stdout, 'Stopped.')
})
