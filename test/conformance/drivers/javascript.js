/** Drives the JavaScript client by lines of JSON; see docs/conformance.md. */
import { createInterface } from 'node:readline'
import { Notifications } from 'notification-service/client'
import { clientLines } from './client-lines.js'

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const lines = clientLines(Notifications, (line) => {
  write(line)
  if (line.type === 'ended') process.stdin.destroy()
})

createInterface({ input: process.stdin }).on('line', (text) => {
  const line = JSON.parse(text)
  lines[line.type]?.(line)
})
// The kit has ended, and nobody will answer any more.
process.stdin.on('end', () => process.exit(1))
write({ type: 'ready', transports: ['long-poll', 'sse'] })
