import type { SQSClient } from '@aws-sdk/client-sqs'

/**
 * The responses of receives that are read at once have at most this many bytes together: one of ten messages of 1 MiB, or
 * thousands of small ones. While a response is read, its messages are in memory some four times.
 */
const defaultBytes = 16 * 1_048_576
/** A response that does not say its length counts for so much. */
const unknownBytes = 1_048_576

interface Needs {
  /** Returns the time in milliseconds; without it nothing is noted of when responses arrived. */
  readonly now?: (() => number) | undefined
  readonly maxBytes?: number
}

/** The time at which each output began to arrive. */
const arrivals = new WeakMap<object, number>()

/**
 * Lets this client read the bodies of its responses within a bound, the first that arrived first. The rest stay with SQS and
 * in the sockets' buffers: thousands of receives may be open, and any of them may bring 10 MiB. A response that is larger
 * than the bound is read alone.
 */
export function boundReading(client: SQSClient, { now, maxBytes = defaultBytes }: Needs): void {
  const waiting: (() => boolean)[] = []
  let reading = 0

  /** Resolves when so many bytes may be read; their end is told by the stream itself. */
  const turn = (bytes: number, body: Body): Promise<void> =>
    new Promise((resolve) => {
      const begin = () => {
        // A connection that failed meanwhile has nothing to read, and its end would not be told again.
        if (body.destroyed === true) resolve()
        else if (reading > 0 && reading + bytes > maxBytes) return false
        else {
          reading += bytes
          body.once('close', () => {
            reading -= bytes
            while (waiting[0]?.()) waiting.shift()
          })
          resolve()
        }
        return true
      }
      if (waiting.length > 0 || !begin()) waiting.push(begin)
    })

  const arrivalOfResponse = new WeakMap<object, number>()
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const response = result.response as { readonly headers?: Record<string, string>; readonly body?: unknown }
      if (now !== undefined) arrivalOfResponse.set(response, now())
      if (isStream(response.body)) {
        await turn(Number(response.headers?.['content-length'] ?? unknownBytes), response.body)
      }
      return result
    },
    // Next to the wire: before anything reads the body.
    { step: 'deserialize', priority: 'low', name: 'boundReading' },
  )
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const arrivedAt = arrivalOfResponse.get(result.response as object)
      if (arrivedAt !== undefined && result.output !== undefined) arrivals.set(result.output, arrivedAt)
      return result
    },
    { step: 'deserialize', priority: 'high', name: 'noteArrival' },
  )
}

/** Returns when the response began to arrive that this output was read from; undefined when that was not noted. */
export function arrivalOf(output: object): number | undefined {
  return arrivals.get(output)
}

interface Body {
  readonly destroyed?: boolean
  once(event: 'close', listener: () => void): unknown
}

function isStream(body: unknown): body is Body {
  return typeof body === 'object' && body !== null && 'once' in body && typeof body.once === 'function'
}
