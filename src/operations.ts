import { createHash } from 'node:crypto'
import { hashOf } from './adapters/sqs/envelope.ts'
import type { Config } from './config.ts'
import type { Document } from './contract/document.ts'
import type { IntakeLimits } from './delivery/intake/limits.ts'
import { acknowledgeNotifications } from './handlers/acknowledge-notifications.ts'
import { awaitNotifications } from './handlers/await-notifications.ts'
import type { Condition } from './handlers/condition.ts'
import { createRegistration } from './handlers/create-registration.ts'
import { createTicket } from './handlers/create-ticket.ts'
import { deleteRegistration } from './handlers/delete-registration.ts'
import { deleteWakeUp } from './handlers/delete-wake-up.ts'
import { getHealth } from './handlers/get-health.ts'
import { getLiveness } from './handlers/get-liveness.ts'
import { getReadiness } from './handlers/get-readiness.ts'
import { getReceipt } from './handlers/get-receipt.ts'
import { getSession } from './handlers/get-session.ts'
import { listRegistrations } from './handlers/list-registrations.ts'
import { publishNotification } from './handlers/publish-notification.ts'
import { publishNotifications } from './handlers/publish-notifications.ts'
import { putWakeUp } from './handlers/put-wake-up.ts'
import { receiveCallback } from './handlers/receive-callback.ts'
import { streamNotifications } from './handlers/stream-notifications.ts'
import { type EdgeLog, logRefusal } from './http/edge-log.ts'
import { schemaCheck } from './http/validation.ts'
import type { Mode } from './modes/mode.ts'

interface Parts {
  readonly log: EdgeLog
  readonly config: Config
  readonly mode: Mode
  readonly limits: IntakeLimits
  readonly condition: () => Condition
  /** Returns the address that callback URLs begin with. */
  readonly publicUrl: () => string
  readonly document: Document
}

/** Plugs the parts of an instance into the handler of each operation of the contract. */
export function handlersOf({ log, config, mode, limits, condition, publicUrl, document }: Parts) {
  const { mailboxes, gateway, acknowledgements, tickets, wakeUps } = mode
  const now = Date.now
  const maxWaitSeconds = config.MAX_TIMEOUT_SECONDS
  const digest = (id: string) => createHash('sha256').update(id).digest('hex')
  const receiptQueues = new Set(config.RECEIPT_QUEUES.keys())
  const publishing = { ...gateway, limits, hashOf, maxTtlSeconds: config.PENDING_TTL_SECONDS, receiptQueues }
  return {
    /** The handler of streams, which are another form of `awaitNotifications`. */
    stream: streamNotifications({ mailboxes, acknowledgements, now, maxWaitSeconds }),
    health: {
      getHealth: getHealth({ condition }),
      getLiveness: getLiveness({ condition }),
      getReadiness: getReadiness({ condition }),
    },
    clientsAndSenders: {
      awaitNotifications: awaitNotifications({
        ...{ mailboxes, now, random: Math.random, maxWaitSeconds },
        defaultWaitSeconds: config.DEFAULT_WAIT_SECONDS,
      }),
      acknowledgeNotifications: acknowledgeNotifications({ acknowledgements }),
      getReceipt: getReceipt(gateway),
      getSession: getSession({ findSession: mode.findSession }),
      publishNotification: publishNotification(publishing),
      publishNotifications: publishNotifications({
        ...publishing,
        checkEntry: schemaCheck(document, 'Publication'),
        logRefusal: (refusal, traceId) => logRefusal(log, refusal, traceId),
      }),
      createRegistration: createRegistration({ ...publishing, digest, publicUrl }),
      listRegistrations: listRegistrations(gateway),
      deleteRegistration: deleteRegistration(gateway),
      createTicket: createTicket({ tickets, limits, now }),
      putWakeUp: putWakeUp({ wakeUps, limits }),
      deleteWakeUp: deleteWakeUp({ wakeUps, limits }),
      receiveCallback: receiveCallback({ ...gateway, limits, digest }),
    },
  }
}
