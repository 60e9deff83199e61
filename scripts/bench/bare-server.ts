/**
 * The least that can be called a long-polling server: `node:http`, held GETs in a Map, a POST that answers them. No
 * token is checked, nothing is acknowledged, nothing survives. What it does is the most that Node.js can do.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const held = new Map<string, ServerResponse>()
/** What came while its client was between two polls. */
const waiting = new Map<string, string[]>()

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

function poll(client: string, response: ServerResponse): void {
  const [body, ...rest] = waiting.get(client) ?? []
  if (body === undefined) return void held.set(client, response)
  if (rest.length === 0) waiting.delete(client)
  else waiting.set(client, rest)
  answer(response, body)
}

function publish(client: string, body: string): void {
  const response = held.get(client)
  if (response === undefined) return void waiting.set(client, [...(waiting.get(client) ?? []), body])
  held.delete(client)
  answer(response, body)
}

/** Looks for polls whose clients have gone only when it is asked: a listener on each would cost. */
function countHeld(): number {
  for (const [client, response] of held) if (response.destroyed) held.delete(client)
  return held.size
}

const server = createServer((request, response) => {
  const url = request.url ?? ''
  if (url.startsWith('/poll?')) return poll(url.slice(6), response)
  if (url === '/health') return answer(response, JSON.stringify({ heldPolls: countHeld() }))
  let body = ''
  request.setEncoding('latin1')
  request.on('data', (text: string) => {
    body += text
  })
  request.on('end', () => {
    publish(url.slice(url.indexOf('?') + 1), body)
    response.writeHead(204).end()
  })
})
// Between two rounds the publisher's connections are idle for longer than the 5 s that Node.js gives them.
server.keepAliveTimeout = 0
// The same as the service: a burst of connections must find room in the kernel's queue.
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(JSON.stringify({ msg: 'listening', port: (server.address() as AddressInfo).port }))
})
process.once('SIGTERM', () => process.exit(0))
