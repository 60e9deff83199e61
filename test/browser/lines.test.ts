import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { callbackLine, messageLine, publishLine, tokenLine } from '../../scripts/dev-page/lines.js'
import { messageOf } from '../../scripts/dev-page/messages.js'
import { quoted } from '../../scripts/dev-page/shell.js'
import { readMessage } from '../../src/adapters/sqs/envelope.ts'

const run = promisify(execFile)
const sqs = { endpoint: 'http://127.0.0.1:4566', region: 'us-east-1', intakeQueueUrl: 'http://127.0.0.1:4566/0/intake' }

/** Texts that a shell, curl or the AWS CLI could take for something else. */
const awkward = [
  `it's`,
  `''`,
  `'; touch owned; '`,
  '$(touch owned) `touch owned` $HOME',
  '!! !$ \\n \\',
  '@/etc/passwd',
  '-d',
  '--help',
  'file:///etc/passwd',
  'fileb:///etc/passwd',
  'https://example.org/',
  '{a,b}[1-3]*?~#%&;|<>()',
  'two\nlines\n',
  'ä €  \u{1f680}',
]

/** Returns the arguments that a shell makes of a line, whose programs are replaced by one that prints its arguments. */
async function argumentsOf(line: string, shell: string): Promise<string[]> {
  const programs = `show() { for arg; do printf '%s\\0' "$arg"; done; }; curl() { show "$@"; }; aws() { show "$@"; }\n`
  const { stdout } = await run(shell, ['-c', programs + line])
  return stdout.split('\0').slice(0, -1)
}

const text = fc.oneof(
  fc.constantFrom(...awkward),
  fc.string({ unit: 'binary' }).filter((typed) => typed.isWellFormed() && !typed.includes('\0')),
)

t.test('a quoted text is one word of a POSIX shell, whatever is in it', async (t) => {
  const texts = [...awkward, ...fc.sample(text, 200)]
  for (const shell of ['sh', 'bash'])
    t.same(await argumentsOf(`show ${texts.map(quoted).join(' ')}`, shell), texts, shell)
})

t.test('the lines carry what is typed, to the word', async (t) => {
  for (const typed of awkward) {
    const publication = { addressee: typed, subject: typed, body: typed }
    const published = await argumentsOf(publishLine('http://page', { url: 'http://instance', ...publication }), 'sh')
    t.same(JSON.parse(published[published.indexOf('--data-raw') + 1] ?? ''), publication)
    t.equal(published.at(-1), 'http://instance/notifications')
    const waiting = await argumentsOf(publishLine('http://page', { url: 'u', waiting: '20', ...publication }), 'sh')
    t.same(
      waiting.filter((word) => !published.includes(word)),
      ['Prefer: wait=20', 'u/notifications'],
    )
    const called = await argumentsOf(
      callbackLine({ url: 'http://instance/callback/1', type: 'text/plain', body: typed }),
      'sh',
    )
    t.equal(called[called.indexOf('--data-raw') + 1], typed)
    const asked = await argumentsOf(tokenLine('http://page', { client: typed, ttl: '60' }), 'sh')
    const url = asked.at(-1) ?? ''
    t.equal(new URL(url).searchParams.get('client'), typed)
    t.notMatch(url, /[[\]{}'!*()\s]/, 'curl and the shell find nothing special in it')
  }
})

t.test('the AWS CLI gets the message to the word, and reads no file or page that a body names', async (t) => {
  for (const typed of awkward) {
    const message = messageOf('attributes', { ...blank, body: typed })
    const words = await argumentsOf(messageLine(sqs, message), 'sh')
    const after = (name: string) => words[words.indexOf(name) + 1] ?? ''
    const body = words.includes('--message-body')
      ? after('--message-body')
      : JSON.parse(after('--cli-input-json')).MessageBody
    t.equal(body, typed)
    t.notMatch(after('--message-body'), /^(file|fileb|https?):/)
    t.equal(JSON.parse(after('--message-attributes')).addressee.StringValue, 'alice')
  }
})

const blank = { addressee: 'alice', subject: 'order.shipped', body: '', id: 'b7c1', time: '2026-11-21T20:15:03.120Z' }

t.test('each form of a message reaches its addressee with the body that was typed', async (t) => {
  const read = (form: string, typed: object) => {
    const { body, attributes } = messageOf(form, { ...blank, ...typed })
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: String(value) }]),
    )
    return readMessage({ MessageId: 'id', Body: body, MessageAttributes }, { addresseePointer: '/detail/addressee' })
  }
  const notification = (form: string, typed: object) => {
    const parsed = read(form, typed)
    return parsed.ok ? parsed.notification : parsed
  }
  const addressed = { addressee: 'bob', subject: 'it is "done"' }
  for (const body of [...awkward, '', '{"order":42}', '12345678901234567890', '"text"', '[1]']) {
    t.match(notification('attributes', { ...addressed, body }), { ...addressed, body }, body)
  }
  for (const body of [...awkward, '{"order":12345678901234567890}']) {
    t.match(notification('cloud-event', { ...addressed, body }), { ...addressed, body }, body)
  }
  const details: Readonly<Record<string, object>> = {
    '{"order":42}': { addressee: 'bob', order: 42 },
    '{ }': { addressee: 'bob' },
    '{"addressee":"eve","order":42}': { addressee: 'bob', order: 42 },
    'a text': { addressee: 'bob', text: 'a text' },
    '[1]': { addressee: 'bob', text: '[1]' },
  }
  for (const [body, detail] of Object.entries(details)) {
    const { body: read, ...others } = notification('event-bridge', { ...addressed, body }) as { readonly body: string }
    t.match(others, addressed)
    t.same(JSON.parse(read), detail)
  }
  t.match(read('text', { body: 'for nobody' }), { ok: false })
})
