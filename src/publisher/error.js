/** It was not published. `status` is what the service or SQS answered, null when they did not. */
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

/** The same, where another try may help. */
export class Again extends PublishError {
  /**
   * @param {string} message
   * @param {{ cause?: unknown, status?: number | null, afterMs?: number }} [detail]
   */
  constructor(message, { afterMs = 0, ...detail } = {}) {
    super(message, detail)
    /** Not before so many milliseconds. */
    this.afterMs = afterMs
  }
}
