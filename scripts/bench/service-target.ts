import { startFedInstance } from './fed-instance.ts'
import type { InstanceNeeds } from './instance.ts'
import { withOwnDatabase } from './own-database.ts'
import type { StartTarget } from './target.ts'

/**
 * The service in its default configuration, with tokens, sessions and acknowledgements, fed by the queue of this
 * process.
 */
export function serviceTarget(needs: InstanceNeeds): StartTarget {
  return async () => {
    const { sqs, instance, shared } = await startFedInstance(await withOwnDatabase(needs))
    return {
      ...shared,
      databasePid: needs.postgres.pid,
      publish: (client, number) => instance.queue.send(client, number),
      unacknowledged: () => sqs.undeleted,
    }
  }
}
