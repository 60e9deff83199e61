import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { clientQueueName, clientQueueUrl, maxQueuePrefixLength } from '../../../src/adapters/sqs/queue.ts'

const base = 'https://sqs.eu-west-1.amazonaws.com/123456789012/notifications'
/** The rest of 80 characters after "notifications-". */
const room = 66

/** For publishers in other languages, too: the client id, and what follows "notifications-" in its queue's name. */
const vectors: readonly (readonly [string, string])[] = [
  ['alice', 'alice'],
  ['Alice', 'Alice'],
  ['user_42-a', 'user_42-a'],
  ['7f0c9a52-6c1b-4e0e-9b8f-2d1a4c3b5e6f', '7f0c9a52-6c1b-4e0e-9b8f-2d1a4c3b5e6f'],
  ['x', 'x'],
  ['xenia', 'xenia'],
  ['-', '-'],
  ['dlqs', 'dlqs'],
  ['x-', 'x-eC0'],
  ['x-YQ', 'x-eC1ZUQ'],
  ['h-me', 'x-aC1tZQ'],
  ['X-ray', 'x-WC1yYXk'],
  ['dlq', 'x-ZGxx'],
  ['alice-dlq', 'x-YWxpY2UtZGxx'],
  ['alice-DLQ', 'x-YWxpY2UtRExR'],
  ['alice.fifo', 'x-YWxpY2UuZmlmbw'],
  ['alice@example.com', 'x-YWxpY2VAZXhhbXBsZS5jb20'],
  ['auth0|5f7c8ec7', 'x-YXV0aDB8NWY3YzhlYzc'],
  ['x/../victim', 'x-eC8uLi92aWN0aW0'],
  ['../victim', 'x-Li4vdmljdGlt'],
  ['victim?x=', 'x-dmljdGltP3g9'],
  ['victim#', 'x-dmljdGltIw'],
  ['%2e%2e/victim', 'x-JTJlJTJlL3ZpY3RpbQ'],
  ['a b', 'x-YSBi'],
  [' alice', 'x-IGFsaWNl'],
  ['jörg', 'x-asO2cmc'],
  ['🦊', 'x-8J-mig'],
  ['🃕', 'x-8J-DlQ'],
  ['a'.repeat(room), 'a'.repeat(room)],
  ['a'.repeat(room + 1), `h-${sha256('a'.repeat(room + 1))}`],
  [`${'a'.repeat(47)}.`, `x-${'YWFh'.repeat(15)}YWEu`],
  [`${'a'.repeat(48)}.`, `h-${sha256(`${'a'.repeat(48)}.`)}`],
  ['ü'.repeat(512), `h-${sha256('ü'.repeat(512))}`],
]

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64url')
}

t.test('every client id has a queue name', async (t) => {
  for (const [clientId, ending] of vectors) {
    t.equal(clientQueueName('notifications', clientId), `notifications-${ending}`, clientId.slice(0, 60))
    t.equal(clientQueueUrl(base, clientId), `${base}-${ending}`)
  }
})

t.test('no client id can name the queue of another, and SQS accepts every name', async () => {
  const piece = fc.constantFrom('x-', 'h-', '-dlq', 'dlq', '.fifo', '/', '..', 'YQ', 'a', 'A', 'ü', ' ', '-', '🦊')
  const clientId = fc
    .oneof(
      fc.array(piece, { minLength: 1, maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }),
    )
    .filter((text) => !/\p{Cc}/u.test(text) && text.length <= 512)
  const prefix = fc.constantFrom('notifications', 'n', 'p'.repeat(maxQueuePrefixLength))
  // An attacker's best guess: to be called what somebody's queue is called.
  const guessed = (name: string, start: string) => name.slice(start.length + 1)
  fc.assert(
    fc.property(prefix, clientId, clientId, (start, one, other) => {
      const name = clientQueueName(start, one)
      if (!/^[A-Za-z0-9_-]{1,80}$/.test(name) || !name.startsWith(`${start}-`)) return false
      // The end of an encoded name is chance: `-DlQ` is the end of some client's. No dead-letter queue begins as it does.
      if (/-dlq$/i.test(name) && !/^[xh]-/.test(guessed(name, start))) return false
      if (one !== other && clientQueueName(start, other) === name) return false
      const guess = guessed(name, start)
      return guess === one || clientQueueName(start, guess) !== name
    }),
    { numRuns: 2_000 },
  )
})

t.test('a text that is not a client id has no queue', async (t) => {
  for (const clientId of ['', 'a'.repeat(513), 'a\nb', 'a\u0000', '\ud800', 'a\udc00']) {
    t.throws(() => clientQueueUrl(base, clientId), TypeError)
  }
})

t.test('a prefix that is too long, or not allowed in a queue name, is refused', async (t) => {
  t.equal(clientQueueName('p'.repeat(34), 'ü'.repeat(512)).length, 80)
  for (const prefix of ['', 'p'.repeat(35), 'a.b', 'a/b']) t.throws(() => clientQueueName(prefix, 'alice'), TypeError)
})
