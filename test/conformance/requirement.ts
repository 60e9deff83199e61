import { readFileSync } from 'node:fs'

/** The number of a requirement in docs/protocol.md, such as `P-ACK-2`. */
export type Requirement = `P-${string}-${number}` | `S-${string}-${number}`

/** Returns the numbers of all requirements that docs/protocol.md states, in its order. */
export function statedRequirements(): readonly string[] {
  const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  return [...page.matchAll(/^\*\*([PS]-[A-Z]+-\d+)\*\*/gm)].map(([, number = '']) => number)
}
