/** Processes that must not outlive this one, and the signal that ends each at once. */
const wards = new Map<number, NodeJS.Signals>()

function endAll(): void {
  for (const [pid, signal] of wards) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended by itself.
    }
  }
}

/**
 * Ends the other process when this one exits without having stopped it: on an uncaught error, or when a second Ctrl-C
 * leaves no time. The returned function is called once that process has been stopped in good order.
 */
export function endWithThisProcess(pid: number, signal: NodeJS.Signals): () => void {
  if (wards.size === 0) process.once('exit', endAll)
  wards.set(pid, signal)
  return () => {
    wards.delete(pid)
    if (wards.size === 0) process.off('exit', endAll)
  }
}
