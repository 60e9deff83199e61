/** The interval between two states where lines cannot be overwritten. */
const everyMs = 3_000

/** Reports progress on the error output, because the standard output is for the numbers. */
export interface Progress {
  /** Aborts when the run is interrupted. */
  readonly signal: AbortSignal
  /** Announces the next step. */
  step(step: string): void
  /** Reports the state of the step; may be called often. */
  state(state: string): void
  /** Reports the result of the step. */
  result(result: string): void
}

/** Makes a progress report for a terminal or a log. */
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
