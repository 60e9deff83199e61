/**
 * One thing that the doctor has looked at. `warn`: the service runs, and something will be missed later. `fail`: it does not
 * start, or not all of it works.
 */
export interface Finding {
  /** The part that was looked at, such as `database`. */
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail'
  /** The fact that was found. */
  readonly text: string
  /** The act that mends it; null when there is nothing to mend. */
  readonly advice: string | null
}

/** Makes the findings of one part. */
export interface Notes {
  ok(text: string): Finding
  warn(text: string, advice: string): Finding
  fail(text: string, advice: string): Finding
}

/** Returns the makers of findings of this part. */
export function notesOf(check: string): Notes {
  return {
    ok: (text) => ({ check, state: 'ok', text, advice: null }),
    warn: (text, advice) => ({ check, state: 'warn', text, advice }),
    fail: (text, advice) => ({ check, state: 'fail', text, advice }),
  }
}

/** Returns the messages of an error and of its causes, for a line of a finding. */
export function messageOf(error: unknown): string {
  const messages: string[] = []
  for (let cause = error; cause instanceof Error && messages.length < 5; cause = cause.cause) {
    if (cause.message !== '' && !messages.includes(cause.message)) messages.push(cause.message)
    // An error for each address of a host that has several.
    if (cause instanceof AggregateError && cause.message === '') messages.push(cause.errors.map(messageOf).join(', '))
  }
  return messages.join(': ') || String(error)
}
