/** The signals of a terminal, a supervisor and a closed window. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm passes Ctrl-C on while the terminal also sends it: what comes within this time is the same key press. */
const sameKeyPressMs = 1_000

/** Aborted when somebody wants this process to end; its reason names the signal. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

/** Why a run was given up: it was asked to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/**
 * Turns the signals that ask this process to end into an `AbortSignal`, so that it can stop what it started.
 * A second signal, more than a second later, ends it at once.
 */
export function listenForInterruption(): Interruption {
  const controller = new AbortController()
  let first = 0
  const onSignal = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      first = performance.now()
      controller.abort(new Interrupted(`interrupted by ${name}`))
    } else if (performance.now() - first > sameKeyPressMs) {
      process.stderr.write('Ending at once.\n')
      process.exit(130)
    }
  }
  // The window may be gone: a failed write must not end the process before it has stopped what it started.
  const onLostOutput = () => {}
  process.stdout.on('error', onLostOutput)
  process.stderr.on('error', onLostOutput)
  for (const name of signals) process.on(name, onSignal)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, onSignal)
      process.stdout.off('error', onLostOutput)
      process.stderr.off('error', onLostOutput)
    },
  }
}
