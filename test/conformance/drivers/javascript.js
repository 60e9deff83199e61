/** Drives the JavaScript client by lines of JSON; see docs/conformance.md. */
import { createInterface } from 'node:readline'
import { Notifications } from 'notification-service/client'

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const handled = new Map()
let giveToken = () => {}
let source

const lines = {
  start({ url, token, wait, transport, idle }) {
    const getToken = ({ refresh }) => {
      if (!refresh) return token
      write({ type: 'token' })
      return new Promise((resolve, reject) => {
        giveToken = (next) => (next ? resolve(next) : reject(new Error('There is no token')))
      })
    }
    source = new Notifications({ url, getToken, wait, transport }, { idleMs: idle * 1000 })
    let error = null
    source.addEventListener('notification', (event) => {
      const { notification } = event
      event.waitUntil(new Promise((resolve, reject) => handled.set(notification.id, { resolve, reject })))
      write({ type: 'notification', notification })
    })
    source.addEventListener('error', (event) => {
      if (event.retryInMs === null) error = event.error.code
    })
    source.addEventListener('close', () => {
      write({ type: 'ended', error })
      process.stdin.destroy()
    })
    source.start()
  },
  acknowledge: ({ id }) => handled.get(id)?.resolve(),
  fail: ({ id }) => handled.get(id)?.reject(new Error('The application failed')),
  token: ({ token }) => giveToken(token),
  stop: () => source.close(),
}

createInterface({ input: process.stdin }).on('line', (text) => {
  const line = JSON.parse(text)
  lines[line.type]?.(line)
})
// The kit has ended, and nobody will answer any more.
process.stdin.on('end', () => process.exit(1))
write({ type: 'ready', transports: ['long-poll', 'sse'] })
