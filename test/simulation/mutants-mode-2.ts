import type { Mutant } from './mutant.ts'

/** Faults of mode 2. */
export const mutantsOfMode2: Readonly<Record<string, Mutant>> = {
  'a receive is aborted when its client has left': {
    file: 'adapters/sqs/poller.ts',
    text: 'await receive(client, {',
    becomes: 'await receive({ send: (call) => client.send(call, { abortSignal: this.#signal }) }, {',
  },
  'a poller ends without giving back what its last receive brings': {
    from: { 2: 400 },
    file: 'adapters/sqs/poller.ts',
    text: 'else if (this.#signal.aborted) this.#sorting.giveBack(messages, expiresAt)',
    becomes: 'else if (this.#signal.aborted) return messages.length',
  },
  'a notification that waits here for a client that has left is kept': {
    from: { 2: 250 },
    file: 'modes/client-queue/client-queue.ts',
    text: 'else mailboxes.release(clientId)',
    becomes: '',
  },
  'a notification in its grace is given back when its client leaves': {
    from: { 2: 290 },
    file: 'delivery/mailboxes.ts',
    text: 'this.leasesOf(clientId)?.release()',
    becomes:
      "for (const lease of this.leasesOf(clientId)?.list() ?? []) this.leasesOf(clientId)?.settle(lease, 'released')",
  },
  'a notification that waits here is given back although the client is here': {
    file: 'modes/client-queue/client-queue.ts',
    text: 'await pollers.start(clientId)',
    becomes: 'await pollers.start(clientId).then(() => mailboxes.release(clientId))',
  },
  'a session ends its linger while a poll is held': {
    file: 'delivery/mailbox.ts',
    text: 'this.#presence.stopLinger()',
    becomes: '',
  },
  'a client that comes back during the last receive is not received for': {
    file: 'modes/client-queue/pollers.ts',
    text: 'if (poller.stop.signal.aborted) this.#run(clientId, poller)',
    becomes: 'if (poller.health === null && poller.stop.signal.aborted) this.#run(clientId, poller)',
  },
  'an answer that waited while the process stood still is taken for fresh': {
    file: 'adapters/sqs/poller.ts',
    text: 'Math.min(gap.earliestArrival(issuedAt), arrivedAt)',
    becomes: 'Math.min(gap.earliestArrival(issuedAt) * 0 + clock.now(), arrivedAt)',
  },
  'a notification in the queue of another client is handed over': {
    file: 'adapters/sqs/sorting.ts',
    text: 'if (addressee !== undefined && parsed',
    becomes: 'if (addressee === undefined && parsed',
  },
  'an invalid message is deleted before it is safe': {
    from: { 2: 1950 },
    file: 'adapters/sqs/dead-letters.ts',
    text: '      await client.send(\n        new SendMessageCommand({',
    becomes:
      '      settlements.delete(handle, messageId, expiresAt)\n      await client.send(\n        new SendMessageCommand({',
  },
  'a key is remembered before the queue has what it stands for': {
    file: 'delivery/intake/accepted-keys.ts',
    text: '      const stored = await store()\n      this.#remember(key, clientId)',
    becomes: '      this.#remember(key, clientId)\n      const stored = await store()',
  },
  'a request that waited for a failure counts as a duplicate': {
    from: { 2: 150 },
    file: 'delivery/intake/accepted-keys.ts',
    text: 'const failure = await claim',
    becomes: 'const failure = await claim\n      if (failure !== null) return null',
  },
  'a notification of the intake queue that no queue takes is deleted': {
    file: 'modes/client-queue/intake.ts',
    text: 'if (isRefusedByQueue(error)) return false',
    becomes: 'if (isRefusedByQueue(error)) return true',
  },
  'a cursor acknowledges everything': {
    file: 'delivery/handovers.ts',
    text: 'for (const { leases } of [named ?? []].flat()) {',
    becomes:
      'for (const { leases } of event === undefined && named ? [{ leases: this.#leases.list() }] : [named ?? []].flat()) {',
  },
  'a failure within the grace is ignored': {
    file: 'delivery/handover.ts',
    text: "if (this.state === 'settled' || this.state === 'failed') return",
    becomes: "if (this.state !== 'open') return",
  },
  'an instance shuts down without giving back what it holds': {
    from: { 2: 480 },
    file: 'delivery/mailboxes.ts',
    text: 'inGrace += mailbox.leases?.release() ?? 0',
    becomes: 'inGrace += mailbox.leases?.list().filter(({ withheld }) => withheld > 0).length ?? 0',
  },
  'an instance that stops does not wait for leases that ended after the last receive': {
    from: { 2: 2650 },
    file: 'modes/client-queue/client-queue.ts',
    text: 'settled: (withinMs) => drainAll(sqs.needs.settling, withinMs),',
    becomes: 'settled: async () => {},',
  },
  'a cursor of another instance stands for whatever comes along': {
    file: 'modes/client-queue/acknowledged-elsewhere.ts',
    text: '.slice(0, markLength)',
    becomes: '.slice(markLength, markLength + 1)',
  },
}
