/** How often a state is written where lines cannot be written over. Milliseconds. */
const everyMs = 3_000

/** Says what is going on, on the error output: the numbers alone go to the other one. */
export interface Progress {
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal
  /** What is done from here on. */
  step(step: string): void
  /** How far it is; may be told often. */
  state(state: string): void
  /** What came of the step. */
  result(result: string): void
}

/** Progress for a terminal, or for a log. */
export function progressOn(
  out: { write(text: string): unknown; readonly isTTY?: boolean },
  signal: AbortSignal,
): Progress {
  const began = performance.now()
  let current = ''
  let saidAt = 0
  const line = (text: string) => `${String(Math.round((performance.now() - began) / 1_000)).padStart(4)} s  ${text}`
  return {
    signal,
    step(step) {
      current = step
      saidAt = performance.now()
      if (out.isTTY) out.write(`\r\u001b[K${line(`${current} …`)}`)
    },
    state(state) {
      if (out.isTTY) out.write(`\r\u001b[K${line(`${current}: ${state} …`)}`)
      else if (performance.now() - saidAt >= everyMs) {
        out.write(`${line(`${current}: ${state} …`)}\n`)
        saidAt = performance.now()
      }
    },
    result(result) {
      if (out.isTTY) out.write('\r\u001b[K')
      out.write(`${line(`${current}: ${result}`)}\n`)
      saidAt = performance.now()
    },
  }
}
