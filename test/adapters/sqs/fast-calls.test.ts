import { createHash } from 'node:crypto'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import t, { type Test } from 'tap'
import { sqsClients } from '../../../src/adapters/sqs/client.ts'
import {
  arrivalOf,
  FastChangeMessageVisibilityBatch,
  FastDeleteMessageBatch,
  FastReceiveMessage,
} from '../../../src/adapters/sqs/fast-calls.ts'
import { type Arrived, type Recorded, secret, signatureOf, startRecordedSqs } from './recorded-sqs.ts'

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: 'session' })
const sqs = await startRecordedSqs(t)

const QueueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders'
const kinds = {
  receive: {
    client: 'receiving',
    input: { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] },
    ways: [ReceiveMessageCommand, FastReceiveMessage],
  },
  delete: {
    client: 'acting',
    input: { QueueUrl, Entries: [{ Id: '0', ReceiptHandle: 'AQEB“é"\\' }] },
    ways: [DeleteMessageBatchCommand, FastDeleteMessageBatch],
  },
  change: {
    client: 'acting',
    input: { QueueUrl, Entries: [{ Id: '0', ReceiptHandle: 'AQEB', VisibilityTimeout: 0 }] },
    ways: [ChangeMessageVisibilityBatchCommand, FastChangeMessageVisibilityBatch],
  },
} as const
type Kind = keyof typeof kinds

/** Makes a call of this kind by each way, with clients of its own; returns the requests and the results. */
async function bothWays(t: Test, kind: Kind, responses: readonly Recorded[]) {
  const { client: name, input, ways } = kinds[kind]
  const results: { requests: readonly Arrived[]; outcome: unknown }[] = []
  for (const Way of ways) {
    const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint: sqs.endpoint })
    t.teardown(() => clients.close())
    let outcome: unknown
    const requests = await sqs.during(responses, async () => {
      outcome = await outcomeOf(clients[name], new (Way as typeof DeleteMessageBatchCommand)(input as never))
    })
    results.push({ requests, outcome })
  }
  const [sdk, fast] = results
  if (sdk === undefined || fast === undefined) throw new Error('both ways are tried')
  return { sdk, fast }
}

async function outcomeOf(client: SQSClient, command: unknown): Promise<unknown> {
  try {
    const output = (await client.send(command as DeleteMessageBatchCommand)) as object
    return { ...output, $metadata: metadataOf(output) }
  } catch (error) {
    const { name, message, Code, code } = error as Error & { Code?: unknown; code?: unknown }
    return { error: name, of: (error as Error).constructor.name, message, Code, code, $metadata: metadataOf(error) }
  }
}

/** Returns all members that are there, but for the time that a retry waited, which is random. */
function metadataOf(thing: unknown): object {
  const { totalRetryDelay: _, ...kept } = (thing as { $metadata?: Record<string, unknown> }).$metadata ?? {}
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined))
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const message = (members: object, body = 'hello') =>
  JSON.stringify({
    Messages: [{ MessageId: 'm-1', ReceiptHandle: 'AQEB', MD5OfBody: md5(body), Body: body, ...members }],
  })
const text = (StringValue: string) => ({ StringValue, DataType: 'String' })
const header = { 'x-amzn-requestid': 'f3a4' }
/** An error of SQS, with the code of the older protocol in a header. */
const refused = (type: string, status = 400, code?: string): Recorded => ({
  status,
  headers: { ...header, ...(code ? { 'x-amzn-query-error': `${code};Sender` } : {}) },
  body: JSON.stringify({ __type: type, message: `${type} was the answer` }),
})
const throttled = refused('com.amazonaws.sqs#RequestThrottled', 400, 'RequestThrottled')

/** Recorded responses; a row without kinds holds for every call. */
const rows: Record<string, { readonly kinds?: readonly Kind[]; readonly responses: readonly Recorded[] }> = {
  'a message with attributes': {
    kinds: ['receive'],
    responses: [
      {
        headers: header,
        body: message({
          Attributes: { SentTimestamp: '1764230400000' },
          MessageAttributes: { addressee: text('al"ice') },
        }),
      },
    ],
  },
  'a message with binary attributes': {
    kinds: ['receive'],
    responses: [{ body: message({ MessageAttributes: { b: { BinaryValue: 'AAH/', DataType: 'Binary' } } }) }],
  },
  'a message with lists of binary values': {
    kinds: ['receive'],
    responses: [{ body: message({ MessageAttributes: { b: { BinaryListValues: ['AAH/'], DataType: 'Binary' } } }) }],
  },
  'members of a message that are null': {
    kinds: ['receive'],
    responses: [
      { body: message({ Attributes: null, MessageAttributes: { a: { StringValue: null, DataType: 'String' } } }) },
    ],
  },
  'a list of messages that is null': { kinds: ['receive'], responses: [{ body: '{"Messages" : null}' }] },
  'a member of a message that names its type': {
    kinds: ['receive'],
    responses: [{ body: message({ __type: 'x#Message' }) }],
  },
  'a body that is JSON with null members, and emoji': {
    kinds: ['receive'],
    responses: [{ body: message({}, '{"a":null,"BinaryValue":"AAH/","__type":"x"} 👋 \u2028') }],
  },
  'a body that is not the text that was hashed': {
    kinds: ['receive'],
    responses: [{ body: message({ Body: 'altered' }) }],
  },
  'members that are null': { responses: [{ body: '{"Successful" : null,"Failed":null}' }] },
  'a member that names its type': { responses: [{ body: '{"__type":"x#Result","Successful":[]}' }] },
  'entries that succeeded and failed': {
    kinds: ['delete', 'change'],
    responses: [
      {
        headers: header,
        body: JSON.stringify({
          Successful: [{ Id: '0' }],
          Failed: [{ Id: '1', SenderFault: true, Code: 'ReceiptHandleIsInvalid', Message: 'no' }],
        }),
      },
    ],
  },
  'no message and no entry': { responses: [{ headers: header, body: '{}' }] },
  'an empty body': { responses: [{}] },
  'a list': { responses: [{ body: '[]' }] },
  null: { responses: [{ body: 'null' }] },
  'half a body': { responses: [{ body: '{"Messages":[{"MessageId":"m-1"' }] },
  'a page of HTML': { responses: [{ headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' }] },
  'a page of HTML that says that a proxy has no server': { responses: [{ status: 502, body: '<h1>Bad Gateway</h1>' }] },
  'the address of another place': { responses: [{ status: 301, headers: { location: 'http://127.0.0.1:1/' } }] },
  'no such queue': {
    responses: [refused('com.amazonaws.sqs#QueueDoesNotExist', 400, 'AWS.SimpleQueueService.NonExistentQueue')],
  },
  'no such queue, in the newer protocol alone': { responses: [refused('com.amazonaws.sqs#QueueDoesNotExist')] },
  'access that is denied': { responses: [refused('com.amazon.coral.service#AccessDeniedException', 403)] },
  'a token that has expired': { responses: [refused('com.amazon.coral.service#ExpiredTokenException', 403)] },
  'an error that nobody knows': { responses: [refused('SomethingNew', 418)] },
  'an error without a body': { responses: [{ status: 500 }] },
  'throttling that lasts': { responses: [throttled] },
  'throttling that is over at the second attempt': { responses: [throttled, { headers: header, body: '{}' }] },
  'too many requests': { responses: [{ status: 429, body: '{}' }, { body: '{}' }] },
  'a failure that is over at the second attempt': { responses: [refused('InternalFailure', 500), { body: '{}' }] },
  'a failure with the time to come back': {
    responses: [{ ...refused('ServiceUnavailable', 503), headers: { 'retry-after': '1' } }, { body: '{}' }],
  },
  'a connection that is cut': { responses: [{ cut: true }] },
  'a connection that is cut once': { responses: [{ cut: true }, { body: '{}' }] },
}

for (const [name, { kinds: some = Object.keys(kinds) as Kind[], responses }] of Object.entries(rows)) {
  for (const kind of some) {
    t.test(`a fast ${kind} returns or throws what the SDK does for: ${name}`, async (t) => {
      const { sdk, fast } = await bothWays(t, kind, responses)
      t.same(fast.outcome, sdk.outcome)
      t.equal(fast.requests.length, sdk.requests.length, 'in as many attempts')
    })
  }
}

/** Headers that differ from call to call or with the order of the members, or that SQS does not need. */
const ownHeaders = [
  'x-amz-content-sha256',
  'authorization',
  'x-amz-date',
  'amz-sdk-invocation-id',
  'user-agent',
  'x-amz-user-agent',
  'connection',
]

for (const kind of Object.keys(kinds) as Kind[]) {
  t.test(`a fast ${kind} sends what the SDK sends, signed for the same region and service`, async (t) => {
    const { sdk, fast } = await bothWays(t, kind, [{ body: '{}' }])
    const [sent, expected] = [fast.requests[0] as Arrived, sdk.requests[0] as Arrived]
    t.same(JSON.parse(sent.body), JSON.parse(expected.body))
    const compared = ({ headers }: Arrived) =>
      Object.fromEntries(Object.entries(headers).filter(([header]) => !ownHeaders.includes(header)))
    t.same(compared(sent), { ...compared(expected), 'content-length': String(Buffer.byteLength(sent.body)) })
    t.match(sent.headers['user-agent'], /^aws-sdk-js\/\S+ .* api\/SQS/)
    for (const request of [expected, sent]) {
      t.match(request.headers.authorization, /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-west-1\/sqs\/aws4_request,/)
      t.equal(/Signature=(\w+)$/.exec(request.headers.authorization ?? '')?.[1], signatureOf(request))
    }
  })

  t.test(`a fast ${kind} corrects the clock by the time of SQS, as the SDK does`, async (t) => {
    const hourAhead = new Date(Date.now() + 3_600_000)
    const responses = [
      { ...refused('InvalidSignatureException', 403), headers: { date: hourAhead.toUTCString() } },
      { headers: { date: hourAhead.toUTCString() }, body: '{}' },
    ]
    const { sdk, fast } = await bothWays(t, kind, responses)
    t.same(fast.outcome, sdk.outcome)
    t.equal(fast.requests.length, sdk.requests.length, 'in as many attempts')
    const last = fast.requests.at(-1)?.headers['x-amz-date'] ?? ''
    // A receive is not retried, so the next one is the first to be signed by that time.
    if (kind !== 'receive') t.ok(Math.abs(signedAt(last) - hourAhead.getTime()) < 600_000, 'signed by its time')
  })
}

function signedAt(date: string): number {
  return Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
}

t.test('fast calls after a clock was found to be wrong are signed by the time of SQS', async (t) => {
  const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint: sqs.endpoint })
  t.teardown(() => clients.close())
  const hourAhead = Date.now() + 3_600_000
  const responses = [{ headers: { date: new Date(hourAhead).toUTCString() }, body: '{}' }]
  const [, second] = await sqs.during(responses, async () => {
    for (const _ of [1, 2]) await clients.acting.send(new FastDeleteMessageBatch({ QueueUrl, Entries: [] }))
  })
  t.ok(Math.abs(signedAt(second?.headers['x-amz-date'] ?? '') - hourAhead) < 600_000)
})

t.test('a fast call that could not be prepared is prepared anew by the next', async (t) => {
  const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint: sqs.endpoint })
  t.teardown(() => clients.close())
  const { config } = clients.acting
  const { userAgentAppId } = config
  config.userAgentAppId = async () => {
    throw new Error('the profile cannot be read')
  }
  const receive = () => clients.acting.send(new FastDeleteMessageBatch({ QueueUrl, Entries: [] }))
  await t.rejects(receive(), { message: 'the profile cannot be read' })
  config.userAgentAppId = userAgentAppId
  await sqs.during([{ body: '{}' }], async () => t.resolves(receive()))
})

t.test('a fast call with options goes the way of the SDK, with its deadline', async (t) => {
  const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint: sqs.endpoint })
  t.teardown(() => clients.close())
  const stopped = { abortSignal: AbortSignal.abort() }
  await t.rejects(clients.bounded.send(new FastDeleteMessageBatch({ QueueUrl, Entries: [] }), stopped), {
    name: 'AbortError',
  })
})

t.test('the output of a fast receive knows when its response arrived', async (t) => {
  let now = 0
  const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint: sqs.endpoint, now: () => now++ })
  t.teardown(() => clients.close())
  const arrivedAt: (number | undefined)[] = []
  await sqs.during([{ body: '{}' }, { body: '{"Messages":null}' }], async () => {
    for (const _ of [1, 2])
      arrivedAt.push(arrivalOf(await clients.receiving.send(new FastReceiveMessage({ QueueUrl }))))
  })
  t.same(arrivedAt, [0, 1])
  t.equal(arrivalOf({}), undefined)
})

/** Counts the signatures of a client. */
async function signaturesOf({ config }: SQSClient) {
  const counted = { signatures: 0 }
  const signer = await config.signer()
  config.signer = async () => ({
    sign(...[request, options]: Parameters<typeof signer.sign>) {
      counted.signatures += 1
      return signer.sign(request, options)
    },
  })
  return counted
}

t.test('a receive that says the same as the last one has its signature, but not after a failure', async (t) => {
  const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint: sqs.endpoint })
  t.teardown(() => clients.close())
  const counted = await signaturesOf(clients.receiving)
  const receive = (more: object) =>
    clients.receiving.send(new FastReceiveMessage({ QueueUrl, ...more })).catch(() => 'failed')
  const plain = { body: '{}' }
  const requests = await sqs.during([plain, plain, plain, { status: 403, body: '{}' }, plain], async () => {
    await receive({ WaitTimeSeconds: 20 })
    await receive({ WaitTimeSeconds: 20 })
    t.equal(counted.signatures, 1)
    await receive({ WaitTimeSeconds: 0 })
    t.equal(counted.signatures, 2)
    t.equal(await receive({ WaitTimeSeconds: 0 }), 'failed')
    await receive({ WaitTimeSeconds: 0 })
    t.equal(counted.signatures, 3)
  })
  for (const request of requests) {
    t.equal(/Signature=(\w+)$/.exec(request.headers.authorization ?? '')?.[1], signatureOf(request))
  }
})

t.test('a signature is not used again after a minute', async (t) => {
  const clients = sqsClients({ receiveSockets: 2, region: 'eu-west-1', endpoint: sqs.endpoint })
  t.teardown(() => clients.close())
  const counted = await signaturesOf(clients.receiving)
  let now = Date.now()
  t.intercept(Date, 'now', { value: () => now })
  // A response from a cache says nothing about the time.
  await sqs.during([{ headers: { age: '0' }, body: '{}' }], async () => {
    for (const ms of [0, 59_000, 2_000]) {
      now += ms
      await clients.receiving.send(new FastReceiveMessage({ QueueUrl }))
    }
  })
  t.equal(counted.signatures, 2)
})

t.test('fast calls leave first attempts to retries that may make them wait', async (t) => {
  process.env.AWS_RETRY_MODE = 'adaptive'
  t.teardown(() => delete process.env.AWS_RETRY_MODE)
  const { sdk, fast } = await bothWays(t, 'delete', [refused('InternalFailure', 500), { body: '{}' }])
  t.same(fast.outcome, sdk.outcome)
  t.ok(fast.requests[0]?.headers['amz-sdk-invocation-id'])
  t.equal(fast.requests.length, sdk.requests.length)
})
