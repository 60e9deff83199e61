import { expect } from './world.ts'

/** The members of a notification that the demo uses. */
export interface Received {
  readonly id: string
  readonly addressee: string
  readonly subject: string
  readonly body: string
}

/** The response to a poll. */
export interface Answer {
  readonly status: number
  readonly notifications: readonly Received[]
  readonly appliedPreference: string | null
  /** The time at which it came, by `performance.now()`. */
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
  expect(status === 200 || status === 204, `a poll was answered with ${status}: ${text}`)
  return {
    status,
    notifications: status === 200 ? (JSON.parse(text).notifications as Received[]) : [],
    appliedPreference: response.headers.get('preference-applied'),
    at,
  }
}

/** Starts a poll that is awaited later. If a step fails before, the rejection of its poll is ignored. */
export function hold(...args: Parameters<typeof poll>): Promise<Answer> {
  const held = poll(...args)
  held.catch(() => {})
  return held
}

/** Polls until so many different notifications have come; duplicates, by id, do not count. */
export async function collect(serviceUrl: string, token: string, count: number): Promise<readonly Received[]> {
  const received = new Map<string, Received>()
  const deadline = performance.now() + 15_000
  while (received.size < count) {
    expect(performance.now() < deadline, `${received.size} of ${count} notifications came within 15 s`)
    const { notifications } = await poll(serviceUrl, token, 5)
    for (const notification of notifications) received.set(notification.id, notification)
  }
  return [...received.values()]
}
