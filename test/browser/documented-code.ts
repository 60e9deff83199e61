import type { Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { blockWith } from '../docs/blocks.ts'
import type { BrowserWorld } from '../support/browser.ts'

/** The blocks that a page runs one after the other, each by words that are in it, and what it has before them. */
interface DocumentedPlay {
  readonly page: string
  readonly blocks: readonly string[]
  readonly before?: string
}

/** All code of the documentation that is for pages. */
export const documentedPlays = {
  'the loop of the README': { page: 'README.md', blocks: ['for await'] },
  'the loop over the client library': {
    page: 'clients.md',
    blocks: ['for await'],
    before: 'const session = { accessToken: getToken }',
  },
  'the listener of the client library': {
    page: 'clients.md',
    blocks: ['new Notifications('],
    before: "const { Notifications } = await import(url + '/client.js')",
  },
  'the EventSource': { page: 'clients.md', blocks: ['function stayConnected', 'new EventSource('] },
  'the WebSocket': { page: 'clients.md', blocks: ['function stayConnected', 'new WebSocket('] },
} satisfies Readonly<Record<string, DocumentedPlay>>

/** A page runs the code that the documentation shows. */
export function runsDocumentedCode(
  t: Test,
  world: BrowserWorld,
  name: string,
  { page: path, blocks, before = '' }: DocumentedPlay,
): void {
  t.test(`${name} shows what is sent, and acknowledges it`, async (t) => {
    // The page's policy lets it load scripts from its own server only; those of the documentation have no such policy.
    const { page, complaints } = await world.open(await world.profile(t, { bypassCSP: true }))
    const client = `reader of ${name}`
    const code = blocks
      .map((words) => blockWith(words, path).text)
      .join('\n')
      .replace(/^import (.*) from '(.*)'/m, "const $1 = await import('$2')")
      .replaceAll('https://notifications.example.org', world.urls[0])
    const run = page.evaluate(`(async () => {
        const url = '${world.urls[0]}'
        const getToken = async () => '${await world.stack.token(client)}'
        const show = ({ body }) => { document.body.append(body) }
        ${before}
        ${code}
      })()`)
    // A loop does not come to its end; a block that fails does.
    run.catch((error) => complaints.said.push(String(error)))
    await until(async () => complaints.said.length > 0 || (await world.isOnline(client)))
    await world.publish(client, `for ${client}`)
    await page.getByText(`for ${client}`).waitFor()
    await world.acknowledged(client)
    t.same(complaints.said, [])
  })
}
