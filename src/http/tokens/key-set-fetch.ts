/** Most bytes read of an answer; a JWKS has some two thousand. */
const maxBytes = 256 * 1024

interface Bounds {
  /** For the whole exchange, to the last byte of the body. */
  readonly deadlineMs: number
  /** Ends the exchange early. */
  readonly stop: AbortSignal
}

/**
 * Fetches the JWKS document, once. get-jwks leaves its fetch unbounded: the built-in one has no `timeout`, follows
 * redirects to any host, and reads whatever comes.
 */
export async function fetchKeySet(url: URL, { deadlineMs, stop }: Bounds): Promise<unknown> {
  stop.throwIfAborted()
  const ending = new AbortController()
  const late = setTimeout(() => ending.abort(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs)
  const onStop = () => ending.abort(stop.reason)
  stop.addEventListener('abort', onStop, { once: true })
  try {
    // A redirect could lead to keys of anybody.
    const response = await fetch(url, {
      signal: ending.signal,
      redirect: 'error',
      headers: { accept: 'application/jwk-set+json, application/json' },
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`the key endpoint answered ${response.status}`)
    }
    return JSON.parse(await boundedText(response))
  } finally {
    clearTimeout(late)
    stop.removeEventListener('abort', onStop)
  }
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
  return Buffer.concat(chunks).toString()
}
