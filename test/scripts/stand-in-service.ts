/**
 * Stands in for the service in the tests of the stack, which are about starting and stopping.
 * With `STAND_IN=fails` it ends before it is ready.
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
