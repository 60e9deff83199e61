import { createTransport } from 'nodemailer'
import type { LetterFacts } from './letter.ts'
import type { Tell } from './tell.ts'
import { asText, template } from './template.ts'

/** The subject is the first line, after `Subject:`; an empty line and the text follow. */
const defaultText = `Subject: A notification for {{addressee}} was not delivered: {{subject}}

The notification {{id}} ended in the dead-letter queue, since {{reason}}.

Addressee:    {{addressee}}
Subject:      {{subject}}
Sent:         {{sentAt}}
Content type: {{contentType}} {{encoding}}
Received:     {{receiveCount}} times
Queue:        {{queue}}

{{body}}
`

/** Mail servers refuse large messages, and nobody reads them; the whole letter stays in its queue. */
const maxBodyLength = 65_536
/** The time in which a mail server has to take a connection, to greet, and to answer each command. */
const timeoutMs = 30_000

interface Options {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  readonly smtpUrl: string
  readonly from: string
  readonly to: string
  /** The text of the mail, with placeholders; null for the usual one. */
  readonly text: string | null
}

/** Returns how letters are told by e-mail. Each is a mail of its own, with a Message-ID made of the letter's own id. */
export function byMail({ smtpUrl, from, to, text }: Options): Tell & AsyncDisposable {
  const [first = '', ...rest] = (text ?? defaultText).split('\n')
  const [, heading] = /^Subject:\s*(.+)$/i.exec(first.trim()) ?? []
  if (heading === undefined) throw new Error('the first line of a mail template must be "Subject: ..."')
  const subject = template(heading, asText)
  const content = template(rest.join('\n').trimStart(), asText)
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  const transport = createTransport({ url: smtpUrl, pool: true, maxConnections: 1, ...timeouts })
  const tell: Tell = async (facts, queueUrl) => {
    await transport.sendMail({
      ...{ from, to },
      subject: subject(facts, queueUrl),
      text: content(shortened(facts), queueUrl),
      // The same at a repeat, so that a mailbox can drop it.
      messageId: `<${facts.messageId || facts.id}@dead-letters>`,
    })
  }
  return Object.assign(tell, {
    async [Symbol.asyncDispose]() {
      transport.close()
    },
  })
}

function shortened(facts: LetterFacts): LetterFacts {
  const { body } = facts
  if (body.length <= maxBodyLength) return facts
  return { ...facts, body: `${body.slice(0, maxBodyLength)}\n[${body.length - maxBodyLength} more characters]` }
}
