import type { Test } from 'tap'
import { startIssuer } from './issuer.ts'
import { databaseEnv, startPostgres } from './postgres.ts'
import { type ServiceProcess, spawnService } from './service-process.ts'
import { startSqs } from './sqs.ts'

/** What a session look-up answers. */
export interface Session {
  readonly clientId: string
  readonly online: boolean
  readonly instanceId: string | null
  readonly queueUrl: string | null
}

/** What a poll answers with 200. */
export interface Answer {
  readonly notifications: readonly {
    readonly id: string
    readonly addressee: string
    readonly subject: string
    readonly body: string
    readonly deliveryCount: number
  }[]
  readonly cursor: string
  readonly more: boolean
}

export type World = Awaited<ReturnType<typeof startWorld>>

/** PostgreSQL, SQS with a dead-letter queue, and an issuer: everything around the service, real and on loopback. */
export async function startWorld(t: Test) {
  const [postgres, sqs, issuer] = await Promise.all([startPostgres(t), startSqs(t), startIssuer(t)])
  const [database, deadLetters] = await Promise.all([postgres.freshDatabase(), sqs.createQueue('dead-letters')])
  const env: Record<string, string> = {
    ...databaseEnv(database),
    ...sqs.env,
    HOST: '127.0.0.1',
    PORT: '0',
    COGNITO_JWK_URL: issuer.jwksUrl,
    SQS_QUEUE_NAME_PREFIX: 'notifications',
    SQS_DLQ_ARN: deadLetters.arn,
  }

  const bearer = (clientId: string, claims: object = {}) => ({
    authorization: `Bearer ${issuer.token({ sub: clientId, ...claims })}`,
  })

  return {
    postgres,
    sqs,
    issuer,
    database,
    deadLetters,
    env,
    bearer,

    /** Starts an instance and waits until it listens. */
    async service(more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
      const service = spawnService(t, { ...env, ...more })
      await service.said('listening')
      return service
    },

    /** Where the client is, as a publisher asks. */
    async session({ url }: { url: string }, clientId: string): Promise<Session> {
      const headers = bearer('publisher', { scope: 'sessions:read' })
      const response = await fetch(`${url}/sessions/${encodeURIComponent(clientId)}`, { headers })
      if (response.status !== 200) throw new Error(`session look-up answered ${response.status}`)
      return (await response.json()) as Session
    },

    /** Sends as a publisher does: looks the client up until it is online, and sends to that queue. */
    async publish(service: { url: string }, clientId: string, body: string, attributes: Record<string, string> = {}) {
      for (;;) {
        const { queueUrl } = await this.session(service, clientId)
        if (queueUrl !== null)
          return sqs.send(queueUrl, body, { addressee: clientId, subject: 'greeting', ...attributes })
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },

    /** One poll. */
    poll({ url }: { url: string }, clientId: string, query = 'wait=20', init: RequestInit = {}) {
      return fetch(`${url}/notifications?${query}`, { ...init, headers: { ...bearer(clientId), ...init.headers } })
    },
  }
}
