import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Frame, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { findChromium, launchChromium } from '../../scripts/stack/chromium.ts'
import { fewProcesses, skip } from '../support/browser.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { keepSecret } from '../support/leaks.ts'
import { withInstancesHere } from '../support/service-here.ts'

/**
 * A place that a client may be in. Each frame has globals of its own, as a tab has, and takes a tenth of a tab's time to
 * open.
 */
type Place =
  | 'a tab'
  | 'a tab without TLS'
  | 'a frame'
  | 'a sandboxed frame'
  | 'a sandboxed frame without an address'
  | 'a worker'

interface Row {
  /** Runs before anything else in the place, and takes away or forbids what the row is about. */
  readonly before?: string
  /** A frame unless told. */
  readonly place?: Place
  readonly transport?: 'long-poll' | 'sse'
}

const remove = (...names: readonly string[]) => names.map((name) => `delete ${name};`).join('')
const forbid = (owner: string, name: string) =>
  `Object.defineProperty(${owner}, '${name}', { get() { throw new DOMException('Denied', 'SecurityError') } });`

/**
 * Browsers that lack or forbid something. Facts about versions are from the tables of MDN (browser-compat-data); what is
 * forbidden where is from the specifications that the rows name.
 */
const rows: Readonly<Record<string, Row>> = {
  'with everything': { place: 'a tab' },
  'without BroadcastChannel (Safari before 15.4)': { before: remove('globalThis.BroadcastChannel') },
  'with a BroadcastChannel that throws (Firefox without storage)': {
    before: `globalThis.BroadcastChannel = class { constructor() { throw new DOMException('Insecure', 'SecurityError') } }`,
  },
  'without Web Locks (Safari before 15.4)': { before: remove('Navigator.prototype.locks') },
  'with locks that may not be read': { before: forbid('Navigator.prototype', 'locks') },
  'with locks that are refused (Web Locks, 4.1: opaque origins)': {
    before: `LockManager.prototype.request = () => Promise.reject(new DOMException('Denied', 'SecurityError'))`,
  },
  'with locks that throw at once': {
    before: `LockManager.prototype.request = () => { throw new DOMException('Denied', 'SecurityError') }`,
  },
  'without AbortSignal.any (Safari before 17.4)': { before: remove('AbortSignal.any') },
  'without AbortSignal.timeout (Safari before 16)': { before: remove('AbortSignal.timeout') },
  'without crypto.randomUUID and crypto.subtle (pages without TLS)': {
    before: remove('Crypto.prototype.randomUUID', 'Crypto.prototype.subtle'),
  },
  'without EventSource and WebSocket': { before: remove('globalThis.EventSource', 'globalThis.WebSocket') },
  'without workers of any kind': {
    before: remove('globalThis.Worker', 'globalThis.SharedWorker', 'Navigator.prototype.serviceWorker'),
  },
  'without structuredClone, queueMicrotask and idle callbacks': {
    before: remove('globalThis.structuredClone', 'globalThis.queueMicrotask', 'globalThis.requestIdleCallback'),
  },
  'without the functions of the last years': {
    before: remove('Promise.withResolvers', 'Promise.try', 'Array.fromAsync', 'Object.groupBy', 'Array.prototype.at'),
  },
  'without String.prototype.replaceAll': { before: remove('String.prototype.replaceAll') },
  'without atob': { before: remove('globalThis.atob') },
  'with storage that throws (cookies are blocked)': {
    before:
      forbid('globalThis', 'localStorage') +
      forbid('globalThis', 'sessionStorage') +
      forbid('globalThis', 'indexedDB') +
      forbid('globalThis', 'caches') +
      forbid('Document.prototype', 'cookie'),
  },
  'that believes to be offline': {
    before: `Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false })`,
  },
  'without streams of responses, where a stream is wanted': {
    before: remove('Response.prototype.body', 'globalThis.ReadableStream'),
    transport: 'sse',
  },
  'without TextDecoder, where a stream is wanted': { before: remove('globalThis.TextDecoder'), transport: 'sse' },
  'with a library that adds headers for tracing': {
    before: `const plain = fetch; globalThis.fetch = (url, init = {}) => plain(url, { ...init,
      headers: { ...init.headers, 'sentry-trace': '1', baggage: 'a=1', tracestate: 'a=1', 'cache-control': 'no-cache' } })`,
  },
  'in a page without TLS, where browsers have no locks': { place: 'a tab without TLS' },
  'in a sandbox, whose origin is none': { place: 'a sandboxed frame' },
  'in a sandbox, with a stream': { place: 'a sandboxed frame', transport: 'sse' },
  'in a sandbox without an address': { place: 'a sandboxed frame without an address' },
  'in a worker that is made of text': { place: 'a worker' },
}

/** The pages, by their path. */
const pages = new Map<string, string>()

/** A page that shows the body of each notification, and each error. */
function pageFor(service: string, token: string, { before = '', transport = 'long-poll', place }: Row): string {
  const client = `
    const { Notifications } = await import('${service}/client.js')
    const source = new Notifications({ url: '${service}', getToken: () => '${token}', transport: '${transport}' })
    source.addEventListener('notification', ({ notification }) => show('got ' + notification.body))
    source.addEventListener('error', ({ error, retryInMs }) => show('error ' + error.code + ' ' + error.message + ' ' + retryInMs))
    source.start()`
  const inPage = `const show = (text) => document.querySelector('pre').append(text + '\\n'); ${client}`
  const inWorker = `const show = (text) => postMessage(text); ${client}`
  const viaWorker = `
    const url = URL.createObjectURL(new Blob([${JSON.stringify(inWorker)}], { type: 'text/javascript' }))
    const worker = new Worker(url, { type: 'module' })
    worker.onmessage = ({ data }) => document.querySelector('pre').append(data + '\\n')`
  const script = place === 'a worker' ? viaWorker : inPage
  return `<!doctype html><meta charset="utf-8"><title>page</title><script>${before}</script>
    <body><pre></pre><script type="module">${script}</script></body>`
}

/** Opens a tab of its own; returns it and the function that closes it. */
async function openTab(browser: Browser, url: string) {
  const page = await browser.newPage()
  await page.goto(url)
  return { frame: page.mainFrame(), close: () => page.close() }
}

/** Opens the only frame of the page; returns it and the function that removes it. */
async function openFrame(page: Page, attributes: Readonly<Record<string, string>>) {
  await page.evaluate(`{
    const frame = document.createElement('iframe')
    for (const [name, value] of Object.entries(${JSON.stringify(attributes)})) frame.setAttribute(name, value)
    document.body.append(frame)
  }`)
  const frame = await (await page.waitForSelector('iframe')).contentFrame()
  if (frame === null) throw new Error('the page has no frame')
  return { frame, close: () => page.evaluate<void>("document.querySelector('iframe').remove()") }
}

t.test('a client in a browser gets its notifications', { skip }, async (t) => {
  const world = withInstancesHere(await startClientQueueWorld(t))
  const service = await world.service(t, { CORS_ORIGINS: '*' })
  const port = await servePages(t)
  const browser = await launchChromium(findChromium() ?? '', [
    ...fewProcesses,
    '--host-resolver-rules=MAP pages.test 127.0.0.1',
  ])
  t.teardown(() => browser.close())

  async function servePages(t: Test): Promise<number> {
    const server = createServer((request, response) => {
      const html = pages.get(request.url ?? '')
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.writeHead(html === undefined ? 404 : 200).end(html)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.close()
      server.closeAllConnections()
    })
    return (server.address() as AddressInfo).port
  }

  pages.set('/frames', '<!doctype html><title>frames</title><body></body>')
  const around = await browser.newPage()
  await around.goto(`http://127.0.0.1:${port}/frames`)

  /** Opens the page in its place. */
  function open(path: string, place: Place): Promise<{ readonly frame: Frame; close(): Promise<void> }> {
    switch (place) {
      case 'a tab':
        return openTab(browser, `http://127.0.0.1:${port}${path}`)
      case 'a tab without TLS':
        return openTab(browser, `http://pages.test:${port}${path}`)
      case 'a frame':
      case 'a worker':
        return openFrame(around, { src: path })
      case 'a sandboxed frame':
        return openFrame(around, { src: path, sandbox: 'allow-scripts' })
      case 'a sandboxed frame without an address':
        return openFrame(around, { srcdoc: pages.get(path) ?? '', sandbox: 'allow-scripts' })
      default:
        return place satisfies never
    }
  }

  let count = 0
  for (const [about, row] of Object.entries(rows)) {
    t.test(about, async (t) => {
      const client = `client-${++count}`
      const token = keepSecret(world.issuer.token({ sub: client }))
      pages.set(`/${client}`, pageFor(service.url, token, row))
      const { frame, close } = await open(`/${client}`, row.place ?? 'a frame')
      t.teardown(close)
      const shown = (text: string) => frame.locator('pre', { hasText: text }).waitFor({ timeout: 60_000 })
      await world.publish(service, client, `first for ${client}`)
      await shown(`got first for ${client}`)
      await world.publish(service, client, `second for ${client}`)
      await shown(`got second for ${client}`)
      const said = await frame.locator('pre').textContent()
      t.equal(said, `got first for ${client}\ngot second for ${client}\n`, 'each once, and no error')
      t.equal((await world.session(service, client)).online, true)
    })
  }
})
