/**
 * What the stack starts in its own tests: they are about starting and stopping, which they make go wrong.
 * `STAND_IN=fails` ends it before it is ready.
 */
import { createServer } from 'node:http'

if (process.env.STAND_IN === 'fails') {
  console.error('this is how it fails')
  process.exit(7)
}
const server = createServer((_request, response) => {
  response.end()
})
server.listen(Number(process.env.PORT), process.env.HOST)
process.on('SIGTERM', () => {
  server.close()
})
