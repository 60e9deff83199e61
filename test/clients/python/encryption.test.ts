import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { pipeline } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createServer as createSecureServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { missingPrograms } from '../../conformance/programs.ts'
import { certificateOf } from '../../support/certificate.ts'

const portOf = (server: Server) => (server.address() as AddressInfo).port
const client = fileURLToPath(new URL('../../../src/clients/python', import.meta.url))

/** Stops the client between the handshake and the request, and lets the request be sent while the connection is being cut. */
const program = `
import http.client, socket, ssl, sys, threading
sys.path.insert(0, sys.argv[1])
from notifications import Notifications

ssl._create_default_https_context = ssl._create_unverified_context
is_cutting, is_sent = threading.Event(), threading.Event()
shutdown, request = socket.socket.shutdown, http.client.HTTPConnection.request

def slow_shutdown(connected, how):
    is_cutting.set()
    is_sent.wait(20)
    shutdown(connected, how)

def racing_request(*args):
    threading.Thread(target=client.stop).start()
    is_cutting.wait(20)
    try:
        request(*args)
    finally:
        is_sent.set()

socket.socket.shutdown, http.client.HTTPConnection.request = slow_shutdown, racing_request
client = Notifications(sys.argv[2], lambda refresh: "a-token", wait=2)
client.run(print)
print(is_cutting.is_set())
`

t.test(
  'a client that is stopped while it asks over TLS sends nothing without encryption',
  {
    skip: missingPrograms('python3'),
  },
  async (t) => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const service = createSecureServer(
      {
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        cert: certificateOf(publicKey, privateKey, '127.0.0.1'),
      },
      (socket) => socket.on('error', () => socket.destroy()).resume(),
    )
    const received: Buffer[] = []
    const network = createServer((socket) => {
      const onward = connect(portOf(service), '127.0.0.1')
      socket.on('data', (bytes) => received.push(bytes))
      pipeline(socket, onward, socket, () => {})
    })
    for (const server of [service, network]) {
      server.listen(0, '127.0.0.1')
      t.teardown(() => server.close())
      await once(server, 'listening')
    }
    const url = `https://127.0.0.1:${portOf(network)}`
    const python = spawn('python3', ['-c', program, client, url], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exit = once(python, 'exit')
    const output = await buffer(python.stdout)
    t.strictSame(await exit, [0, null], 'it ends')
    t.equal(String(output), 'True\n', 'its connection was cut')
    t.ok(received.length > 1, 'it came')
    t.notMatch(Buffer.concat(received).toString('latin1'), /Bearer/, 'nobody on the way can read the token')
  },
)
