import { readFileSync } from 'node:fs'
import t from 'tap'
import { skip, startBrowserWorld } from '../support/browser.ts'
import { until } from '../support/sqs.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const [, section = ''] = /^## Browsers$([\s\S]*?)^## /m.exec(readme) ?? []
const blocks = [...section.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

/** What each block leaves to its page, by words that are in it. */
const surroundings: Readonly<Record<string, string>> = {
  'for await': 'const session = { accessToken: getToken }',
  'new Notifications(': "const { Notifications } = await import(url + '/client.js')",
  'new EventSource(': '',
  'new WebSocket(': `
    const headers = { authorization: \`Bearer \${await getToken()}\` }
    const { ticket } = await (await fetch(\`\${url}/tickets\`, { method: 'POST', headers })).json()
    const cursor = ''`,
}

t.test('what the README tells browsers to run', { skip }, async (t) => {
  const world = await startBrowserWorld(t)
  t.equal(blocks.length, Object.keys(surroundings).length)
  for (const [words, before] of Object.entries(surroundings)) {
    t.test(`${words} … shows what is sent, and acknowledges it`, async (t) => {
      const block = blocks.find((text) => text.includes(words)) ?? ''
      const { page, complaints } = await world.open(await world.profile(t))
      const client = `reader of ${words}`
      const code = block
        .replace(/^import (.*) from '(.*)'/, "const $1 = await import('$2')")
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
})
