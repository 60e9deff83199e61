import { maxIntakeReceives } from '../intake-receiving.ts'
import type { Mode, ModeNeeds } from '../mode.ts'
import { openSqs } from '../sqs-parts.ts'
import { clientQueues, clientsPerPoll } from './client-queue.ts'

/** Receives open at once on one queue while it is busy: two bring a thousand notifications a second. */
const maxReceives = 2
/** Deletes of thousands of queues share no call, as those of one queue do. */
const actSockets = 200

/** Mode 2: one SQS queue per client, received from while the client is here; nothing is recorded anywhere. Opens SQS. */
export async function openClientQueues(needs: ModeNeeds): Promise<Mode> {
  const { config, clock, log } = needs
  const receiveSockets = clientsPerPoll * config.MAX_HELD_POLLS * maxReceives + maxIntakeReceives
  return clientQueues({ ...needs, sqs: openSqs(config, { receiveSockets, actSockets, maxReceives }, clock, log) })
}
