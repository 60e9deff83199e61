import { OutageLog } from '../../delivery/outage-log.ts'
import type { Peer } from '../../delivery/peers/directory.ts'
import { emptyResult, type Relay, type RelayEntry, type RelayResult } from '../../delivery/peers/relay.ts'
import type { Clock, Log } from '../../delivery/ports.ts'
import { partsOf, type TraceContext } from '../../delivery/trace-context.ts'
import { Batches } from './batches.ts'
import { faultOf, RelayFailure, type RelayFault } from './relay-failure.ts'

/** The path at which instances take entries from their peers. */
export const relayPath = '/internal/relay'
/** The header with the relay key of the instance that is called. */
export const relayKeyHeader = 'x-relay-key'

/** How long a peer may take. Short, since a caller waits for it. */
const deadlineMs = 2_000
/** Peers come and go with every deployment: past this number, idle ones are forgotten. */
const maxPeers = 200

/** Counts of entries for other instances, for the metrics to read. */
export interface RelayCounters {
  /** Entries that peers have taken, by their kind. */
  readonly sent: Record<RelayEntry['kind'], number>
  /** Entries, and calls without any, that peers may not have taken, by the reason. */
  readonly failed: Record<RelayFault, number>
}

/** Returns the counters, all zero. */
export function relayCounters(): RelayCounters {
  return {
    sent: { moved: 0, cursor: 0, ids: 0, pending: 0, acknowledged: 0 },
    failed: { late: 0, refused: 0, full: 0, unreachable: 0 },
  }
}

/**
 * Sends entries, as JSON texts, to the instance at this address; resolves with one result for each. `trace` is the one that
 * the call belongs to, if there is one.
 */
export type Post = (
  address: string,
  relayKey: string,
  texts: readonly string[],
  trace?: TraceContext | null,
) => Promise<readonly Partial<RelayResult>[]>

/** Makes a call that carries notifications of these traces, and says which trace the call itself belongs to. */
export type CallPeer = <Result>(
  traces: readonly TraceContext[],
  call: (trace: TraceContext | null) => Promise<Result>,
) => Promise<Result>

/** The call goes into the trace of the first notification. */
export const untracedCall: CallPeer = ([first = null], call) => call(first)

interface RelayNeeds {
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly counters: RelayCounters
  /** The wire to another instance. */
  readonly post: Post
  readonly callPeer: CallPeer
}

/** A relay that can also find out beforehand which peers it reaches. */
export interface PeerRelay extends Relay {
  /** Calls each of these instances once. Those that cannot be reached are logged. Never rejects. */
  check(peers: readonly Peer[]): Promise<void>
}

/**
 * Returns a relay: batched per peer, authorised with the peer's key, sent to the address of its row.
 */
export function createRelay({ clock, log, counters, post, callPeer }: RelayNeeds): PeerRelay {
  const batches = new Map<string, Batches<RelayResult>>()
  const outages = new Map<string, OutageLog>()

  /** One line when a peer cannot be reached, a reminder a minute, and one line when it can be reached again. */
  const outageOf = ({ id }: Peer): OutageLog => {
    const known = outages.get(id)
    if (known) return known
    if (outages.size >= maxPeers) outages.clear()
    const fresh = new OutageLog({
      clock,
      log,
      failing:
        'an instance cannot be reached at its address; look at its INSTANCE_ADDRESS and at the network between them',
      recovered: 'an instance can be reached again',
    })
    outages.set(id, fresh)
    return fresh
  }

  const noted = async <T>(peer: Peer, kind: RelayEntry['kind'] | null, call: Promise<T>): Promise<T> => {
    try {
      const result = await call
      if (kind !== null) counters.sent[kind] += 1
      outageOf(peer).worked()
      return result
    } catch (err) {
      counters.failed[faultOf(err)] += 1
      outageOf(peer).failed(err, { peerId: peer.id, address: peer.address })
      throw err
    }
  }

  const batchesOf = ({ address, relayKey }: Peer): Batches<RelayResult> => {
    // The key is fresh at every start, so a restarted instance is another peer.
    const name = `${address} ${relayKey}`
    const known = batches.get(name)
    if (known) return known
    if (batches.size >= maxPeers) {
      for (const [old, { idle }] of batches) if (idle) batches.delete(old)
    }
    const fresh = new Batches<RelayResult>({
      deadlineMs,
      now: () => clock.now(),
      after: (ms, wake) => clock.after(ms, wake),
      async post(texts, traces) {
        const results = await callPeer(traces, (trace) => post(address, relayKey, texts, trace))
        return results.map((result) => ({ ...emptyResult, ...result }))
      },
    })
    batches.set(name, fresh)
    return fresh
  }

  return {
    tell: (peer, entry: RelayEntry) =>
      noted(peer, entry.kind, batchesOf(peer).add(JSON.stringify(entry), traceOf(entry))),
    async check(peers) {
      await Promise.allSettled(peers.map((peer) => noted(peer, null, post(peer.address, peer.relayKey, []))))
    },
  }
}

function traceOf(entry: RelayEntry): TraceContext | null {
  return entry.kind === 'pending' ? (entry.notification.trace ?? null) : null
}

/** A full batch of results, each with as many unknown ids as an acknowledgement may name. */
const maxResponseBytes = 4 * 1_048_576

/** The wire of the service: one HTTP request for the entries, authorised by the key of the instance. */
export const postOverHttp: Post = async (address, relayKey, texts, trace = null) => {
  const response = await fetch(`${address}${relayPath}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [relayKeyHeader]: relayKey, ...headersOf(trace) },
    body: `{"entries":[${texts.join(',')}]}`,
    redirect: 'error',
    signal: AbortSignal.timeout(deadlineMs),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new RelayFailure('refused', `the instance at ${address} answered ${response.status}`)
  }
  const { results } = JSON.parse(await textOf(response)) as { results: Partial<RelayResult>[] }
  return results
}

function headersOf(trace: TraceContext | null): Readonly<Record<string, string>> {
  if (trace === null) return {}
  const { traceparent, tracestate } = partsOf(trace)
  return tracestate === null ? { traceparent } : { traceparent, tracestate }
}

/** Reads the body, whose peer may be broken or another program: leaving the loop closes the connection. */
async function textOf({ body, url }: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body ?? []) {
    bytes += piece.byteLength
    if (bytes > maxResponseBytes) throw new Error(`${url} answered with more than ${maxResponseBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
