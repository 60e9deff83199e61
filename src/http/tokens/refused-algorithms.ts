import type { Log } from '../../delivery/ports.ts'

/** How an algorithm is written (RFC 7518, 3.1): anything else in its place does not go into the log. */
const algorithmName = /^[A-Za-z0-9-]{1,16}$/
/** Names of algorithms are free to invent: past this many the log is silent. */
const maxTold = 20

/** Tells once of each signature algorithm that tokens come with and that is not accepted. */
export function refusedAlgorithms(log: Pick<Log, 'warn'>, accepted: readonly string[]): (alg: unknown) => void {
  const told = new Set<string>()
  return (alg) => {
    const name = typeof alg === 'string' && algorithmName.test(alg) ? alg : 'none that has a name'
    if (told.has(name) || told.size >= maxTold) return
    told.add(name)
    const sentence = 'tokens come with a signature algorithm that is not accepted and are refused; see JWT_ALGORITHMS'
    log.warn({ alg: name, accepted }, sentence)
  }
}
