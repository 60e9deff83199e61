import type { WrittenMessage } from '../../src/adapters/sqs/written-message.ts'
import type { Notification } from '../../src/delivery/notification.ts'

/** A message as the queue keeps it. */
export interface Message {
  readonly key: string
  readonly notification: Notification
  /** As it was sent. */
  readonly written: WrittenMessage
  shows: number
  /** The newest receipt: any other deletes nothing. */
  handle: number
  shownAt: number
  visibleAt: number
  /** The receiver that was shown it last and has not given it back. */
  holder: string | null
}

/** A message as a receive brings it. */
export type Shown = Readonly<Pick<Message, 'key' | 'notification' | 'written' | 'shows' | 'handle'>>
