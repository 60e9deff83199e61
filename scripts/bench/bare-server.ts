/**
 * A minimal long-polling server: `node:http`, held GETs in a Map, and a POST that answers them. It checks no tokens,
 * has no acknowledgements, and keeps nothing. Its numbers are the maximum for Node.js.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const held = new Map<string, ServerResponse>()
/** Notifications that came while their client was between two polls. */
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

/**
 * Drops the polls of clients that have disconnected. Done on request only, since a listener for each poll would cost.
 */
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
// Longer than the default of 5 s, because the publisher's connections are idle between two rounds.
server.keepAliveTimeout = 0
// Like the service: a burst of connections must fit into the kernel's queue.
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(JSON.stringify({ msg: 'listening', port: (server.address() as AddressInfo).port }))
})
process.once('SIGTERM', () => process.exit(0))
