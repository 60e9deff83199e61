import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import { HttpRequest } from '@smithy/core/protocols'
import t, { type Test } from 'tap'
import { until } from '../../../scripts/stack/until.ts'
import { arrivalOf, FastReceiveMessage } from '../../../src/adapters/sqs/fast-calls.ts'
import { ReadingBound } from '../../../src/adapters/sqs/reading-bound.ts'
import { WholeResponses } from '../../../src/adapters/sqs/whole-responses.ts'
import { listenHere } from '../../support/listen-here.ts'

const connections = {
  maxSockets: 10,
  connectTimeout: 3_000,
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 1_000,
}
const maxBytes = 1_000_000
/** More than the sockets between server and client take by themselves. */
const length = 20_000_000

/** A server whose responses the test ends, and a client that reads within a bound. */
async function world(t: Test) {
  const open: ServerResponse[] = []
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': length })
    response.flushHeaders()
    open.push(response)
  })
  const endpoint = await listenHere(t, server)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  let now = 0
  const requestHandler = new WholeResponses({
    connections,
    bound: new ReadingBound(maxBytes),
    now: () => now++,
  })
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1, requestHandler })
  t.teardown(() => client.destroy())
  return {
    open,
    receive: () => client.send(new FastReceiveMessage({ QueueUrl: `${endpoint}/queue` })),
  }
}

/** A response without messages, padded to its length. */
const body = `{}${' '.repeat(length - 2)}`

t.test('a large response is read when the one before it has been read, and knows when it arrived', async (t) => {
  const { open, receive } = await world(t)
  const first = receive()
  await until(() => open.length === 1)
  open[0]?.write(body.slice(0, 1_000))
  const second = receive()
  await until(() => open.length === 2)
  open[1]?.end(body)
  let isSecondRead = false
  void second.then(() => {
    isSecondRead = true
  })
  // Time enough to read it, if anybody did.
  await pause(500)
  t.notOk(isSecondRead)
  t.notOk(open[1]?.writableFinished, 'it waits where SQS is')
  open[0]?.end(body.slice(1_000))
  const [outputOfFirst, outputOfSecond] = await Promise.all([first, second])
  t.equal(arrivalOf(outputOfFirst), 0)
  t.equal(arrivalOf(outputOfSecond), 1)
})

t.test('a response that fails while it waits, or while it is read, holds nobody up', async (t) => {
  const { open, receive } = await world(t)
  const failing = receive()
  await until(() => open.length === 1)
  open[0]?.write(body.slice(0, 1_000))
  const waiting = receive()
  await until(() => open.length === 2)
  const third = receive()
  await until(() => open.length === 3)
  open[1]?.write(body.slice(0, 1_000))
  open[2]?.end(body)
  for (const broken of [open[1], open[0]]) broken?.socket?.destroy()
  await t.rejects(failing)
  await t.rejects(waiting)
  t.ok(await third)
})

t.test('a call that could be aborted is refused', async (t) => {
  const handler = new WholeResponses({ connections })
  t.teardown(() => handler.destroy())
  const request = new HttpRequest({ method: 'POST', protocol: 'http:', hostname: '127.0.0.1', port: 1, path: '/' })
  await t.rejects(handler.handle(request, { abortSignal: new AbortController().signal }), /cannot be aborted/)
})
