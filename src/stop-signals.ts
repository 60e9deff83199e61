/** A second signal this soon is the same Ctrl-C: the terminal sends it, and npm passes it on. */
const sameSignalMs = 1_000
/** The signals that stop a process in order. A terminal that closes sends SIGHUP, and some supervisors SIGQUIT. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const

/**
 * Calls `first` at the first signal that stops this process, and `second` at each that comes more than a second later. To be
 * called before anything is started: the first process of a container has no default action for them.
 */
export function onStopSignals(call: { first(): void; second(signal: NodeJS.Signals): void }): void {
  let requestedAt: number | null = null
  const onSignal = (signal: NodeJS.Signals): void => {
    if (requestedAt === null) {
      requestedAt = performance.now()
      call.first()
    } else if (performance.now() - requestedAt >= sameSignalMs) call.second(signal)
  }
  for (const signal of stopSignals) process.on(signal, onSignal)
}

/** Whether a process that was asked to stop may have ended by this signal, which came before it listened for signals. */
export function isStopSignal(signal: NodeJS.Signals | null): boolean {
  return stopSignals.some((known) => known === signal)
}
