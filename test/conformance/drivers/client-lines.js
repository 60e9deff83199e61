/**
 * Returns what the driver of the JavaScript client does at each line of the kit, by the line's type; see
 * docs/conformance.md. `write` writes a line of its own.
 */
export function clientLines(Notifications, write) {
  const handled = new Map()
  let giveToken = () => {}
  let source
  return {
    start({ url, token, wait, transport, idle }) {
      const getToken = ({ refresh }) => {
        if (!refresh) return token
        write({ type: 'token' })
        return new Promise((resolve, reject) => {
          giveToken = (next) => (next ? resolve(next) : reject(new Error('There is no token')))
        })
      }
      const options = { url, getToken, wait, transport, shareTabs: false }
      source = new Notifications(options, { idleMs: idle * 1000 })
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
  }
}
