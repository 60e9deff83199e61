import { type InstanceNeeds, startInstance } from './instance.ts'
import { StandInSqs } from './sqs.ts'
import { askHeldPolls, type Target } from './target.ts'

/** Longer than any run. A poll that times out all the same is sent again. */
const waitSeconds = 600

/** The members that are the same for the service however it is fed. */
type Shared = Pick<Target, 'name' | 'pids' | 'portOf' | 'pollOf' | 'heldPolls' | 'queueCalls' | 'failure' | 'stop'>

/** Starts the service with a stand-in for SQS in this process. Releases that are added to `running` run after it. */
export async function startFedInstance(needs: InstanceNeeds, settings: Readonly<Record<string, string>> = {}) {
  await using undo = new AsyncDisposableStack()
  const sqs = new StandInSqs()
  const endpoint = await sqs.listen()
  undo.defer(() => sqs.close())
  const instance = await startInstance(needs, { server: sqs, endpoint }, settings)
  const running = undo.move()
  const shared: Shared = {
    name: 'service',
    pids: [instance.pid],
    portOf: () => instance.port,
    pollOf: (client) => pollWith(needs.tokens[client] ?? ''),
    heldPolls: () => askHeldPolls(instance.port),
    queueCalls: () => sqs.calls,
    failure: () => instance.failure(),
    async stop() {
      sqs.release()
      await instance.stop()
      await running.disposeAsync()
    },
  }
  return { sqs, instance, running, shared }
}

/** Returns the bytes of a poll of the service. */
export function pollWith(token: string): Buffer {
  return Buffer.from(
    `GET /notifications?wait=${waitSeconds} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
}
