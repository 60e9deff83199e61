import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { ward } from '../../scripts/stack/last-resort.ts'
import { until } from '../../scripts/stack/until.ts'
import { act, type BrowserWorld } from '../support/browser.ts'

const run = promisify(execFile)

/** A text that a shell would take for something else without its quotes. */
const awkward = `it's "$HOME" \`id\` $(id) \\ !! * <b>\ntwo lines`

/** Runs a line as a person who has copied it into a terminal; returns its output. */
async function inShell(line: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', line], { timeout: 60_000 })
  return stdout
}

/** Runs a line that goes on until Ctrl-C; resolves when it has written this. */
async function beginsInShell(line: string, words: RegExp): Promise<void> {
  const child = ward(spawn('sh', ['-c', `exec ${line}`], { stdio: ['ignore', 'pipe', 'inherit'] }))
  let written = ''
  for await (const bytes of child.stdout) {
    written += bytes
    if (words.test(written)) break
  }
  child.kill()
  if (!words.test(written)) throw new Error(`${line}\nhas written:\n${written}`)
}

/** Returns the line below a form. */
async function lineOf(page: Page, card: string): Promise<string> {
  const line = page.getByRole('region', { name: card }).locator('.line code')
  return (await line.textContent()) ?? ''
}

/** A person sends SQS messages in every form, and looks at the dead letters. */
export async function sendsMessages(t: Test, world: BrowserWorld): Promise<void> {
  const profile = await world.profile(t)

  t.test('an SQS message reaches the client in each form, and stays a dead letter when it names nobody', async (t) => {
    const { page, complaints } = await world.open(profile)
    await act.signIn(page, 'queue reader', 'Long poll')
    const bodies = { 'Message with attributes': 'by attributes', CloudEvent: 'by a CloudEvent' }
    for (const [form, body] of Object.entries(bodies)) {
      await act.sendMessage(page, form, 'queue reader', body)
      await act.shows(page, body)
    }
    await act.sendMessage(page, 'Event of Amazon EventBridge', 'queue reader', '{"order":44}')
    await act.shows(page, '{"addressee":"queue reader","order":44}')
    t.equal((await act.bodies(page)).length, 3)

    const letters = page.getByRole('list', { name: 'Dead letters' }).getByRole('listitem')
    const count = async () => Number(await page.locator('#dead-count').textContent())
    const waiting = await fetch(`${world.stack.urls.page}/dev/waiting`)
    const before = ((await waiting.json()) as { deadLetters: { count: number } }).deadLetters.count
    for (const more of [1, 2]) {
      await act.sendMessage(page, 'Text without attributes', 'queue reader', `to whom? ${more}`)
      await letters.filter({ hasText: `to whom? ${more}` }).waitFor()
      t.equal(await count(), before + more)
    }
    t.match(await letters.first().textContent(), /addressee/, 'with the reason')
    await page.reload()
    await letters.filter({ hasText: 'to whom? 1' }).waitFor()
    t.same(complaints.said, [])
    await page.close()
  })
}

/** A person copies the lines that do the same as the forms. */
export async function showsLines(t: Test, world: BrowserWorld): Promise<void> {
  const profile = await world.profile(t, { permissions: ['clipboard-read', 'clipboard-write'] })

  t.test('the line below each form does the same in a shell, with the values that are typed', async (t) => {
    const client = `o'brien "$x"`
    const { page } = await world.open(profile)
    await act.signIn(page, client, 'SSE over fetch')
    const token = await inShell(`${await lineOf(page, 'Client')} && printf %s "$TOKEN"`)
    t.equal(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub, client)

    const publish = page.getByRole('region', { name: 'Publish' })
    await publish.getByLabel('Subject').fill(`it's`)
    await publish.getByLabel('Body').fill(`${awkward} published`)
    t.match(JSON.parse(await inShell(await lineOf(page, 'Publish'))), { status: 'live' })
    await shows(page, `${awkward} published`)

    const note = `${awkward} acknowledged`
    await publish.getByLabel('Body').fill(note)
    await publish.getByLabel('Seconds to live').fill('600')
    await publish.getByLabel('Wait').selectOption('20 s, until acknowledged')
    t.match(JSON.parse(await inShell(await lineOf(page, 'Publish'))), { status: 'acknowledged' })
    await publish.getByRole('button', { name: 'Send' }).click()
    await publish.getByText(/^200, acknowledged, after \d+ ms$/).waitFor()

    const { callbackUrl } = JSON.parse(await inShell(await lineOf(page, 'Callback')))
    t.match(callbackUrl, `${world.urls[0]}/callback/`)
    await act.register(page)
    await page.getByRole('region', { name: 'Callback' }).getByLabel('Body').fill(`${awkward} called`)
    t.match(JSON.parse(await inShell(await lineOf(page, 'Callback'))), { status: 'live' })
    await shows(page, `${awkward} called`)

    for (const transport of ['SSE over fetch', 'EventSource', 'WebSocket'] as const) {
      await page.getByRole('radio', { name: transport }).check()
      await beginsInShell(await lineOf(page, 'Connection'), /event: ready|"type":"registration"/)
    }
    await page.close()
  })

  t.test('the line of a long poll waits for the next notification', async (t) => {
    const { page } = await world.open(profile)
    await page.getByLabel('Name').fill('shell reader')
    const held = inShell(await lineOf(page, 'Connection'))
    await until(() => world.isOnline('shell reader'))
    await world.publish('shell reader', 'for the shell')
    t.match(await held, /^HTTP\/1.1 200 [\s\S]*for the shell/)
    await page.close()
  })

  t.test('the button beside a line copies it', async (t) => {
    const { page } = await world.open(profile)
    const card = page.getByRole('region', { name: 'Publish' })
    await card.getByRole('button', { name: 'Copy' }).click()
    await card.getByRole('button', { name: 'Copied' }).waitFor()
    t.equal(await page.evaluate(() => navigator.clipboard.readText()), await lineOf(page, 'Publish'))
    await page.close()
  })
}

/** A person copies the line that sends an SQS message. */
export async function sendsByTheAwsCli(t: Test, world: BrowserWorld): Promise<void> {
  const profile = await world.profile(t)
  t.test('the line of an SQS message does the same by the AWS CLI', { skip: await noAwsCli() }, async (t) => {
    const { page } = await world.open(profile)
    await act.signIn(page, 'cli reader', 'Long poll')
    const card = page.getByRole('region', { name: 'SQS message' })
    for (const body of [`${awkward} by the CLI`, 'file:///etc/hostname']) {
      await card.getByLabel('Body').fill(body)
      t.match(JSON.parse(await inShell(await lineOf(page, 'SQS message'))), { MessageId: /./ })
      await shows(page, body)
    }
    await page.close()
  })
}

/** Resolves when the list has an item with exactly this body. */
async function shows(page: Page, body: string): Promise<void> {
  await until(async () => (await act.bodies(page)).includes(body))
}

/** Why the AWS CLI cannot be tried; false where it can. */
async function noAwsCli(): Promise<string | false> {
  return run('aws', ['--version']).then(
    () => false as const,
    () => 'the AWS CLI is not installed',
  )
}
