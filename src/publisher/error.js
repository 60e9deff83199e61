/** The notification was not published. `status` is that of the response, or null when there was none. */
export class PublishError extends Error {
  /** @override */
  name = 'PublishError'

  /**
   * @param {string} message
   * @param {{ cause?: unknown, status?: number | null }} [detail]
   */
  constructor(message, { cause, status = null } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
  }
}

/** A failure to publish after which another attempt may succeed. */
export class Retryable extends PublishError {
  /**
   * @param {string} message
   * @param {{ cause?: unknown, status?: number | null, afterMs?: number }} [detail]
   */
  constructor(message, { afterMs = 0, ...detail } = {}) {
    super(message, detail)
    /** The minimum time before the next attempt. */
    this.afterMs = afterMs
  }
}
