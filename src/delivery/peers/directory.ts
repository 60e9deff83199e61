/** Another instance, as its row says. No other source may say where an instance is. */
export interface Peer {
  readonly id: string
  /** `http://host:port`. */
  readonly address: string
  /** The queue that the instance receives from. */
  readonly queueUrl: string
  readonly relayKey: string
}

/** Finds live instances. */
export interface Directory {
  /** Returns the live instance that has the session of the client, or null. Rejects when the database does not answer. */
  find(clientId: string): Promise<Peer | null>
  /** Returns the live instance with this id, or null. Rejects when the database does not answer. */
  instance(id: string): Promise<Peer | null>
}
