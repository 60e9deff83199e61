/** The body of a session look-up. */
export interface Session {
  readonly clientId: string
  readonly online: boolean
  readonly mode: 1 | 2
  readonly instanceId: string | null
  readonly queueUrl: string | null
}

/** The body of a poll that was answered with 200. */
export interface Answer {
  readonly notifications: readonly {
    readonly id: string
    readonly addressee: string
    readonly subject: string
    readonly body: string
    readonly encoding?: string
    readonly contentType: string | null
    readonly sentAt: string
    readonly deliveryCount: number
    readonly correlationId: string | null
  }[]
  readonly cursor: string
  readonly more: boolean
}

/** The body of an error. */
export interface Problem {
  readonly error: string
  readonly message: string
  readonly context: string
}

/** The body of the health operations. */
export interface Health {
  readonly status: string
  readonly instanceId: string
  readonly heldPolls: number
  readonly checks?: Readonly<Record<string, string>>
}

/** The body of an accepted callback or publication. */
export interface Accepted {
  readonly id: string
  readonly status: 'live' | 'pending' | 'queued'
  readonly duplicate: boolean
}

/** The bodies of what a poll was answered with. */
export function bodiesOf({ notifications }: Pick<Answer, 'notifications'>): string[] {
  return notifications.map(({ body }) => body)
}

/** The ids of it. */
export function idsOf({ notifications }: Pick<Answer, 'notifications'>): string[] {
  return notifications.map(({ id }) => id)
}
