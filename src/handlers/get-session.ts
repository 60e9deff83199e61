import type { Handler } from '../contract/operations.ts'
import type { Directory } from '../delivery/deliver.ts'
import { isClientId } from '../delivery/notification.ts'
import { Refusal } from '../delivery/refusal.ts'

/** Tells a sender where a client is (mode 1: the instance and its queue). */
export function getSession({ directory }: { directory: Directory }): Handler<'getSession'> {
  return async ({ path: { clientId } }) => {
    if (!isClientId(clientId)) {
      throw new Refusal('ERROR_INVALID_ARGUMENT', {
        message: 'clientId must have 1 to 512 characters and no control characters',
      })
    }
    const place = await directory.find(clientId)
    return {
      status: 200,
      body: {
        clientId,
        online: place !== null,
        mode: 1,
        instanceId: place?.instanceId ?? null,
        queueUrl: place?.queueUrl ?? null,
      },
    }
  }
}
