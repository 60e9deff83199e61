import { type Agent, request } from 'node:http'
import { patienceMs } from './client.ts'
import { textOf } from './text-of.ts'

/** Says with a request of its own that something was received; answers whether the instance has heard it. Never rejects. */
export function acknowledge(
  url: string,
  { agent, headers }: { readonly agent: Agent; readonly headers: Readonly<Record<string, string>> },
  what: { readonly ids: readonly string[] } | { readonly cursor: string },
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const said = request(`${url}/notifications/ack`, {
    method: 'POST',
    agent,
    headers: { ...headers, 'content-type': 'application/json' },
    timeout: patienceMs,
  })
  said.on('error', () => resolve(false))
  said.on('timeout', () => said.destroy())
  said.on('response', (response) => {
    textOf(response).then(
      () => resolve(response.statusCode === 200),
      () => resolve(false),
    )
  })
  said.end(JSON.stringify(what))
  return promise
}
