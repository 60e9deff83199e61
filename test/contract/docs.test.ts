import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { loadContract } from '../../src/contract/document.ts'
import { docs, openApi } from '../../src/http/docs.ts'
import { contractFetch } from '../support/contract.ts'

const contract = loadContract()

async function serve(t: Test): Promise<string> {
  const app = fastify()
  t.teardown(() => app.close())
  await app.register(openApi, contract)
  await app.register(docs, contract)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

t.test('the contract is served unchanged', async (t) => {
  const get = contractFetch(t)
  const answer = await get(`${await serve(t)}/openapi.yaml`)
  t.equal(answer.status, 200)
  t.match(answer.headers.get('content-type'), /^application\/yaml/)
  t.equal(answer.text, contract.text)
  t.same(parse(answer.text), contract.document)
})

t.test('the page at /docs and all its files come from this server, for GET and HEAD', async (t) => {
  const base = await serve(t)
  const page = await fetch(`${base}/docs`)
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), /^text\/html/)
  t.match(page.headers.get('content-security-policy'), /^default-src 'self'/)
  t.notMatch(page.headers.get('content-security-policy'), /https?:/)

  const html = await page.text()
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => new URL(String(link), page.url))
  t.ok(links.length >= 5, 'styles, icons and scripts')
  for (const link of [...links, new URL('/docs/json', base), new URL('/docs/', base), new URL('/openapi.yaml', base)]) {
    t.equal(link.origin, base, `${link.pathname} is here`)
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(link, { method })
      t.equal(answer.status, 200, `${method} ${link.pathname}`)
      const { byteLength } = await answer.arrayBuffer()
      t.equal(byteLength > 0, method === 'GET', `${method} ${link.pathname} has ${byteLength} bytes`)
    }
  }
})

t.test('the page shows the whole contract, and does not send it to a validator', async (t) => {
  const base = await serve(t)
  t.same(await (await fetch(`${base}/docs/json`)).json(), contract.document)
  const initializer = await (await fetch(`${base}/docs/static/swagger-initializer.js`)).text()
  t.match(initializer, 'validatorUrl: null')
  t.notMatch(initializer, /https?:\/\/(?!stackoverflow)/)
})
