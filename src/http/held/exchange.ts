/** How a connection ended: closed in order, or failed, so that written bytes may not have arrived. */
export type ConnectionEnd = 'closed' | 'failed'

/** A response that is being held, written, or in its grace. */
export interface Exchange {
  /** The connection is gone. */
  closed(end: ConnectionEnd): void
}
