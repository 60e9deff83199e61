import { type InstanceNeeds, startInstance } from './instance.ts'
import { pollWith } from './service-target.ts'
import { queueUrl, StandInSqs } from './sqs.ts'
import { askHeldPolls, type StartTarget } from './target.ts'
import { clientId } from './tokens.ts'

const queuePrefix = 'bench-client'

/** The service in mode 2, without a database: it receives from a queue of each client that is here. */
export function clientQueueTarget(needs: InstanceNeeds): StartTarget {
  return async () => {
    await using undo = new AsyncDisposableStack()
    const sqs = new StandInSqs()
    const endpoint = await sqs.listen()
    undo.defer(() => sqs.close())
    const instance = await startInstance(
      needs,
      { server: sqs, endpoint },
      { NOTIFICATION_SERVICE_MODE: '2', SQS_USER_QUEUE_BASE_URL: queueUrl(queuePrefix) },
    )
    const running = undo.move()
    return {
      name: 'service',
      pids: [instance.pid],
      databasePid: null,
      portOf: () => instance.port,
      publish: (client, number) => sqs.queue(`${queuePrefix}-${clientId(client)}`).send(client, number),
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
