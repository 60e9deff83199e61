import { expect } from './expect.ts'

/** What the demo looks at in a notification. */
export interface Received {
  readonly id: string
  readonly addressee: string
  readonly subject: string
  readonly body: string
}

/** How a poll came back. */
export interface Answer {
  readonly status: number
  readonly notifications: readonly Received[]
  readonly appliedPreference: string | null
  /** When it came: `performance.now()` milliseconds. */
  readonly at: number
}

/** Polls once: `GET /notifications?wait=…`. */
export async function poll(
  serviceUrl: string,
  token: string,
  waitSeconds: number,
  hangUp: AbortSignal = AbortSignal.timeout((waitSeconds + 15) * 1_000),
): Promise<Answer> {
  const response = await fetch(`${serviceUrl}/notifications?wait=${waitSeconds}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: hangUp,
  })
  const text = await response.text()
  const at = performance.now()
  const { status } = response
  expect(status === 200 || status === 204, `a poll was answered ${status}: ${text}`)
  return {
    status,
    notifications: status === 200 ? (JSON.parse(text).notifications as Received[]) : [],
    appliedPreference: response.headers.get('preference-applied'),
    at,
  }
}

/** Polls, and is not waited for at once: a step that has failed meanwhile leaves it behind, and then its end is no news. */
export function hold(...args: Parameters<typeof poll>): Promise<Answer> {
  const held = poll(...args)
  held.catch(() => {})
  return held
}

/** Polls until this many different notifications have come; a repeat, told by its id, does not count. */
export async function collect(serviceUrl: string, token: string, count: number): Promise<readonly Received[]> {
  const received = new Map<string, Received>()
  const deadline = performance.now() + 15_000
  while (received.size < count) {
    expect(performance.now() < deadline, `${received.size} of ${count} notifications came within 15 s`)
    for (const one of (await poll(serviceUrl, token, 5)).notifications) received.set(one.id, one)
  }
  return [...received.values()]
}
