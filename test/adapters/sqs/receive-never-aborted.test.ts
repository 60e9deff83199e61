import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { sqsClients } from '../../../src/adapters/sqs/client.ts'
import { ClockGap } from '../../../src/adapters/sqs/clock-gap.ts'
import { sqsCounters } from '../../../src/adapters/sqs/counters.ts'
import { DeadLetters } from '../../../src/adapters/sqs/dead-letters.ts'
import { Poller } from '../../../src/adapters/sqs/poller.ts'
import { Settlements } from '../../../src/adapters/sqs/settlements.ts'
import { LogBook } from '../../support/log-book.ts'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' })

const message =
  '{"Messages":[{"MessageId":"m-1","ReceiptHandle":"AQEB","MD5OfBody":"5d41402abc4b2a76b9719d911017c592","Body":"hello"}]}'

t.test('a receive of a poller that is stopped keeps its connection, and its message is released', async (t) => {
  /** The receives that are open at SQS, and the bodies of the other calls. */
  const receives: ServerResponse[] = []
  const released: string[] = []
  let closed = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (request.headers['x-amz-target'] === 'AmazonSQS.ReceiveMessage') receives.push(response)
    else {
      released.push(body)
      response.end('{"Successful":[{"Id":"0"}]}')
    }
  })
  server.on('connection', (socket) => socket.on('close', () => (closed += 1)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint })
  t.teardown(() => {
    clients.close()
    server.closeAllConnections()
    server.close()
  })

  const shared = {
    queueUrl: `${endpoint}/queue`,
    clock: systemClock,
    log: new LogBook(),
    counters: sqsCounters(),
    visibilityTimeoutSeconds: 30,
    random: () => 0,
  }
  const settlements = new Settlements({ ...shared, kind: 'instance-queue', client: clients.acting })
  const dlq = { find: async () => null, forget() {} }
  const poller = new Poller({
    ...shared,
    client: clients.receiving,
    gap: new ClockGap(systemClock),
    settlements,
    deadLetters: new DeadLetters({ ...shared, client: clients.acting, settlements, dlq }),
    addresseePointer: '/detail/addressee',
    port: { offer() {}, full: () => false },
  })
  const stop = new AbortController()
  const running = poller.run(stop.signal)
  await until(() => receives.length === 1)
  stop.abort()
  // A connection that were closed would be closed by now: a call of another client goes there and back.
  await until(async () => (await fetch(endpoint)).ok)
  t.equal(closed, 0)
  receives[0]?.end(message)
  await running
  await settlements.drained()
  t.match(released.at(-1), /"ReceiptHandle":"AQEB","VisibilityTimeout":0/)
  t.equal(receives.length, 1, 'no further receive was issued')
})
