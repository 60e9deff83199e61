/**
 * Drives the JavaScript client in a page of a browser that runs already, by lines of JSON; see docs/conformance.md. The
 * argument is the address of the browser.
 */
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'
import { joinedModules } from '../../../src/http/joined-modules.ts'

/** Answered by the driver itself. Of the same host as the service, so that no rule about private networks applies. */
const pageUrl = 'http://127.0.0.1/'

/** The part of the driver that runs in the page, where `write` writes a line. */
const inPage = `
  const handled = new Map()
  let giveToken = () => {}
  let source
  window.lines = {
    start({ url, token, wait, transport, idle }) {
      const getToken = ({ refresh }) => {
        if (!refresh) return token
        write({ type: 'token' })
        return new Promise((resolve, reject) => {
          giveToken = (next) => (next ? resolve(next) : reject(new Error('There is no token')))
        })
      }
      source = new client.Notifications({ url, getToken, wait, transport, shareTabs: false }, { idleMs: idle * 1000 })
      let error = null
      source.addEventListener('notification', (event) => {
        const { notification } = event
        event.waitUntil(new Promise((resolve, reject) => handled.set(notification.id, { resolve, reject })))
        write({ type: 'notification', notification })
      })
      source.addEventListener('error', (event) => {
        if (event.retryInMs === null) error = event.error.code
      })
      source.addEventListener('close', () => write({ type: 'ended', error }))
      source.start()
    },
    acknowledge: ({ id }) => handled.get(id)?.resolve(),
    fail: ({ id }) => handled.get(id)?.reject(new Error('The application failed')),
    token: ({ token }) => giveToken(token),
    stop: () => void source.close(),
  }`

const browser = await chromium.connect(process.argv[2] ?? '')
const page = await browser.newPage()
await page.route(pageUrl, (route) => route.fulfill({ contentType: 'text/html', body: '<title>client</title>' }))
await page.goto(pageUrl)
await page.exposeFunction('write', (line: { readonly type: string }) => {
  process.stdout.write(`${JSON.stringify(line)}\n`, () => {
    if (line.type === 'ended') process.exit()
  })
})
const library = joinedModules(new URL('../../../src/clients/javascript/client.js', import.meta.url))
const address = `URL.createObjectURL(new Blob([${JSON.stringify(library)}], { type: 'text/javascript' }))`
await page.evaluate(`import(${address}).then((client) => { ${inPage} })`)

createInterface({ input: process.stdin }).on('line', (text) => {
  const { type } = JSON.parse(text)
  void page.evaluate(`window.lines[${JSON.stringify(type)}]?.(${text})`)
})
process.stdout.write('{"type":"ready","transports":["long-poll","sse"]}\n')
