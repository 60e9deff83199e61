import { webhookHeaders } from '../adapters/standard-webhook.ts'
import type { LetterFacts } from './letter.ts'
import type { Tell } from './tell.ts'
import { asJson, template } from './template.ts'

/** The time in which the receiver has to answer. */
const timeoutMs = 10_000

interface Options {
  readonly url: string
  /** Signs each request as Standard Webhooks does; null for none. */
  readonly secret: string | null
  /** The JSON to send, with placeholders inside its strings; null for the usual one. */
  readonly text: string | null
}

/** Returns how letters are posted to a URL. Every status of 2xx takes a letter; redirects are not followed. */
export function byWebhook({ url, secret, text }: Options): Tell {
  const write = text === null ? defaultBody : template(text, asJson)
  return async (facts, queueUrl) => {
    const body = write(facts, queueUrl)
    const signed = secret === null ? {} : webhookHeaders(secret, { id: facts.messageId, at: new Date(), body })
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'webhook-id': facts.messageId, ...signed },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`)
  }
}

function defaultBody(facts: LetterFacts, queueUrl: string): string {
  const { id, forwardedAt: _, ...rest } = facts
  return JSON.stringify({ type: 'notification.dead-lettered', id, queue: queueUrl, ...rest })
}
