import { type Issuer, issuerName } from '../stack/issuer.ts'
import type { Postgres } from '../stack/postgres.ts'
import { serviceEntry } from '../stack/project.ts'
import { startMeasuredServer } from './measured-server.ts'
import { StandInQueue } from './queue.ts'
import { askHeldPolls, type StartTarget } from './target.ts'

/** Longer than any run. A poll that times out all the same is sent again. */
const waitSeconds = 600

/**
 * The service in its default configuration, with tokens, sessions and acknowledgements, fed by the queue of this
 * process.
 */
export function serviceTarget(needs: {
  readonly postgres: Postgres
  readonly issuer: Issuer
  readonly tokens: readonly string[]
  readonly nodeFlags: readonly string[]
}): StartTarget {
  return async () => {
    await using undo = new AsyncDisposableStack()
    const queue = new StandInQueue()
    const endpoint = await queue.listen()
    undo.defer(() => queue.close())
    const server = await startMeasuredServer([...needs.nodeFlags, serviceEntry], settings(needs, endpoint))
    const running = undo.move()
    return {
      name: 'service',
      pid: server.pid,
      port: server.port,
      publish: (client, number) => queue.send(client, number),
      pollOf: (client) =>
        Buffer.from(
          `GET /notifications?wait=${waitSeconds} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
            `Authorization: Bearer ${needs.tokens[client]}\r\n\r\n`,
        ),
      heldPolls: () => askHeldPolls(server.port),
      unacknowledged: () => queue.undeleted,
      queueCalls: () => queue.calls,
      failure: () => server.failure(),
      async stop() {
        queue.release()
        await server.stop()
        await running.disposeAsync()
      },
    }
  }
}

function settings(
  { postgres, issuer }: { readonly postgres: Postgres; readonly issuer: Issuer },
  endpoint: string,
): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    COGNITO_JWK_URL: issuer.keysUrl,
    JWT_ISSUER: issuerName,
    DB_HOST: '127.0.0.1',
    DB_PORT: String(postgres.port),
    DB_USER: postgres.user,
    DB_PASSWORD: postgres.password,
    DB_NAME: postgres.database,
    // A server whose data nobody keeps does not wait for the disk.
    DB_ALLOW_LAZY_COMMIT: 'true',
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    SQS_QUEUE_NAME_PREFIX: 'bench',
    LOGGING_MODE: 'PRODUCTION',
    LOG_LEVEL: 'info',
    // No clients are left after a round, so there is nothing to spread.
    DRAIN_SPREAD_SECONDS: '0',
  }
}
