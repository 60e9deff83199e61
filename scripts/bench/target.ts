/** A server under test, with its source of notifications. */
export interface Target {
  readonly name: 'bare' | 'service'
  /** Its processes. */
  readonly pids: readonly number[]
  /** The first process of its database server; null when it has none. */
  readonly databasePid: number | null
  /** Returns the port that this client connects to. */
  portOf(client: number): number
  /** Sends the next delivery for this client. Deliveries of one turn of the event loop are sent together. */
  publish(client: number, number: number): void
  /** The bytes of a client's poll. */
  pollOf(client: number): Buffer
  /** Returns the number of held polls that the server reports. */
  heldPolls(): Promise<number>
  /** Returns the number of deliveries that still have to be acknowledged. */
  unacknowledged(): number | Promise<number>
  /** Returns the number of calls to its queues so far that returned, deleted or sent messages. */
  queueCalls(): number
  /** The reason why it can no longer be measured; null while it can. */
  failure(): string | null
  stop(): Promise<void>
}

/** Starts a target; several may run at a time. */
export type StartTarget = () => Promise<Target>

/** Asks a server of either kind for the number of polls that it holds. */
export async function askHeldPolls(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(10_000) })
  return ((await response.json()) as { heldPolls: number }).heldPolls
}
