/** A value that operators can watch, read from its owner on request. */
export interface Gauge {
  /** Without the prefix that all metrics of the service have. */
  readonly name: string
  readonly help: string
  readonly read: () => number
}
