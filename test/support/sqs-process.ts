/** An SQS API in a process of its own, so that it does not share the event loop of a test with thousands of clients. */
import { buildApp } from 'fauxqs'

const app = buildApp({ logger: false })
await app.ready()
await app.listen({ host: '127.0.0.1', port: 0, backlog: 4096 })
const address = app.server.address()
process.send?.({ port: typeof address === 'object' && address ? address.port : 0 })
process.on('disconnect', () => process.exit(0))
