import type { QueueReader } from '../../../src/adapters/sqs/queue-reader.ts'
import type { FakeQueue } from '../fake-queue.ts'
import type { InstanceQueueInstance } from './instance.ts'
import { Reader } from './reader.ts'

/** The queues that an instance receives from: its own, and those of dead instances. */
export class Readers {
  readonly #instance: InstanceQueueInstance
  readonly #byUrl = new Map<string, Reader>()

  constructor(instance: InstanceQueueInstance) {
    this.#instance = instance
  }

  /** For the membership: makes the queue of this id. */
  async open(id: string, onMade: (queueUrl: string) => void) {
    const { world, process, realm } = this.#instance
    const queue = await world.call(process, () => realm.queueFor(id))
    onMade(queue.url)
    const reader: QueueReader = {
      run: (signal) => {
        this.read(queue)
        signal.addEventListener('abort', () => {
          this.#byUrl.get(queue.url)?.stop()
          // From here on it is a dead instance's queue, which anybody drains.
          this.#byUrl.delete(queue.url)
        })
        // Its last receive runs out when something comes.
        return new Promise(() => {})
      },
      settled: async () => {},
    }
    return { queueUrl: queue.url, ownsQueue: true, reader }
  }

  /** Receives from the queue, if that is not going on already. */
  read(queue: FakeQueue): void {
    if (!this.#byUrl.has(queue.url)) this.#byUrl.set(queue.url, new Reader(this.#instance, queue))
  }

  stop(): void {
    for (const reader of this.#byUrl.values()) reader.stop()
  }

  died(): void {
    for (const reader of this.#byUrl.values()) reader.died()
  }
}
