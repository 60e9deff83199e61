/** Most bytes that are read of an answer: fifty keys with their certificates have some 300 KiB. */
const maxBytes = 1024 * 1024
/** How much of an address of the issuer goes into a message. */
const maxShownLength = 200

interface Bounds {
  /** For the whole exchange, to the last byte of the body. */
  readonly deadlineMs: number
  /** Ends the exchange early. */
  readonly stop: AbortSignal
}

/**
 * Fetches the document at the URL of the keys, once, and parses it as JSON whatever its content type. get-jwks would put
 * the URL together anew and leave its fetch unbounded: the built-in one has no `timeout`, follows redirects to any host,
 * and reads as much as comes.
 */
export async function fetchKeySet(url: string, { deadlineMs, stop }: Bounds): Promise<unknown> {
  stop.throwIfAborted()
  const ending = new AbortController()
  const late = setTimeout(() => ending.abort(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs)
  const onStop = () => ending.abort(stop.reason)
  stop.addEventListener('abort', onStop, { once: true })
  try {
    const response = await fetch(url, {
      signal: ending.signal,
      // A redirect could lead to the keys of anybody.
      redirect: 'manual',
      headers: { accept: 'application/jwk-set+json, application/json;q=0.9, */*;q=0.5' },
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`the key endpoint answered ${response.status}${locationOf(response)}`)
    }
    return JSON.parse(await boundedText(response))
  } finally {
    clearTimeout(late)
    stop.removeEventListener('abort', onStop)
  }
}

function locationOf({ headers }: Response): string {
  const location = headers.get('location')
  if (location === null) return ''
  return ` and leads to ${location.slice(0, maxShownLength)}; redirects are not followed, so set the URL to the last one`
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    // Leaving the loop cancels the body, and with it the connection.
    if (bytes > maxBytes) throw new Error(`the answer of the key endpoint is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  // The decoder drops a byte order mark; JSON.parse would refuse it.
  return new TextDecoder().decode(Buffer.concat(chunks))
}
