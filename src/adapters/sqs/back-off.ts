/**
 * How long to wait after so many failures in a row: full jitter, so that instances that failed together do not come
 * back together, but never less than `fromMs`, so that an unlucky draw is not a busy loop.
 */
export function backOffMs(failures: number, fromMs: number, toMs: number, random: () => number): number {
  const ceiling = Math.min(toMs, fromMs * 2 ** Math.min(failures, 30))
  return Math.max(fromMs, Math.round(random() * ceiling))
}
