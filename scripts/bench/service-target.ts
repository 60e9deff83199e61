import { type InstanceNeeds, startInstance } from './instance.ts'
import { withOwnDatabase } from './own-database.ts'
import { StandInSqs } from './sqs.ts'
import { askHeldPolls, type StartTarget } from './target.ts'

/** Longer than any run. A poll that times out all the same is sent again. */
const waitSeconds = 600

/**
 * The service in its default configuration, with tokens, sessions and acknowledgements, fed by the queue of this
 * process.
 */
export function serviceTarget(needs: InstanceNeeds): StartTarget {
  return async () => {
    await using undo = new AsyncDisposableStack()
    const sqs = new StandInSqs()
    const endpoint = await sqs.listen()
    undo.defer(() => sqs.close())
    const instance = await startInstance(await withOwnDatabase(needs), { server: sqs, endpoint })
    const running = undo.move()
    return {
      name: 'service',
      pids: [instance.pid],
      databasePid: needs.postgres.pid,
      portOf: () => instance.port,
      publish: (client, number) => instance.queue.send(client, number),
      pollOf: (client) => pollWith(needs.tokens[client] ?? ''),
      heldPolls: () => askHeldPolls(instance.port),
      unacknowledged: () => sqs.undeleted,
      queueCalls: () => sqs.calls,
      failure: () => instance.failure(),
      async stop() {
        sqs.release()
        await instance.stop()
        await running.disposeAsync()
      },
    }
  }
}

/** Returns the bytes of a poll of the service. */
export function pollWith(token: string): Buffer {
  return Buffer.from(
    `GET /notifications?wait=${waitSeconds} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
}
