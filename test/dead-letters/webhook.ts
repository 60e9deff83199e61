import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** Starts a webhook that notes each post and answers with this status. */
export async function startWebhook(t: Test, statusOf: () => number = () => 200) {
  const posts: { readonly headers: Record<string, unknown>; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    posts.push({ headers: request.headers, body })
    response.writeHead(statusOf(), { location: 'http://127.0.0.1:1/elsewhere' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { posts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}
