/**
 * Drives the JavaScript client in a page of a browser that runs already, by lines of JSON; see docs/conformance.md. The
 * argument is the address of the browser.
 */
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'
import { joinedModules } from '../../../src/http/joined-modules.ts'

/** Answered by the driver itself. Of the same host as the service, so that no rule about private networks applies. */
const pageUrl = 'http://127.0.0.1/'

/** Returns an expression for the page that imports a module, with all that it imports itself. */
function imported(path: string): string {
  const text = JSON.stringify(joinedModules(new URL(path, import.meta.url)))
  return `import(URL.createObjectURL(new Blob([${text}], { type: 'text/javascript' })))`
}

const browser = await chromium.connect(process.argv[2] ?? '')
const page = await browser.newPage()
await page.route(pageUrl, (route) => route.fulfill({ contentType: 'text/html', body: '<title>client</title>' }))
await page.goto(pageUrl)
await page.exposeFunction('write', (line: { readonly type: string }) => {
  process.stdout.write(`${JSON.stringify(line)}\n`, () => {
    if (line.type === 'ended') process.exit()
  })
})
await page.evaluate(`(async () => {
  const { clientLines } = await ${imported('./client-lines.js')}
  const { Notifications } = await ${imported('../../../src/clients/javascript/client.js')}
  window.lines = clientLines(Notifications, write)
})()`)

createInterface({ input: process.stdin }).on('line', (text) => {
  const { type } = JSON.parse(text)
  void page.evaluate(`window.lines[${JSON.stringify(type)}]?.(${text})`)
})
process.stdout.write('{"type":"ready","transports":["long-poll","sse"]}\n')
