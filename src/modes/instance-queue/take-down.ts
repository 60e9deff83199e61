import type { Instances } from '../../adapters/postgres/instances.ts'
import type { Log } from '../../delivery/ports.ts'
import type { OwnQueue } from './provide-queue.ts'

interface Needs {
  readonly instances: Pick<Instances, 'remove'>
  readonly log: Log
}

/** Deletes the queue if it is empty; returns whether it is gone. */
export type DeleteIfEmpty = (queueUrl: string) => Promise<boolean>

/** Removes the queue, if it is empty and ours, and then the row. A queue that stays is a survivor's to drain. */
export async function takeDown(
  { instances, log }: Needs,
  { id, queueUrl, isOwned }: OwnQueue & { readonly id: string },
  deleteIfEmpty: DeleteIfEmpty,
): Promise<void> {
  if (!isOwned) return
  try {
    if (await deleteIfEmpty(queueUrl)) await instances.remove(id)
    else log.info({ queueUrl }, 'queue is not empty and is left for another instance to drain')
  } catch (err) {
    log.warn({ err, queueUrl }, 'queue could not be deleted and is left for another instance')
  }
}
