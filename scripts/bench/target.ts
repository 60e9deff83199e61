/** A server under test, and how notifications come to it. */
export interface Target {
  readonly name: 'bare' | 'service'
  readonly pid: number
  readonly port: number
  /** Sends the next delivery for this client; what is sent in one turn of the event loop goes together. */
  publish(client: number, number: number): void
  /** What one client sends to poll: ready bytes. */
  pollOf(client: number): Buffer
  /** How many polls it says it holds. */
  heldPolls(): Promise<number>
  /** Deliveries that have to be acknowledged and are not yet. */
  unacknowledged(): number
  /** Calls to its queue so far that brought or deleted messages. */
  queueCalls(): number
  /** Why it cannot be measured any more; null while it can. */
  failure(): string | null
  stop(): Promise<void>
}

/** Starts a target of one kind; several may run at a time. */
export type StartTarget = () => Promise<Target>

/** Asks a server of either kind how many polls it holds. */
export async function askHeldPolls(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(10_000) })
  return ((await response.json()) as { heldPolls: number }).heldPolls
}
