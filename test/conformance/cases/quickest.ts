import type { Case } from '../case.ts'
import { clientCases } from './all.ts'

/** Returns the quickest case of each requirement, for runs that have no time for all. */
export function quickestCases(): readonly Case[] {
  const quickestFirst = [...clientCases].sort((one, other) => (one.seconds ?? 1) - (other.seconds ?? 1))
  const numbers = new Set(clientCases.flatMap(({ requires }) => requires))
  const chosen = new Set([...numbers].map((number) => quickestFirst.find(({ requires }) => requires.includes(number))))
  return clientCases.filter((played) => chosen.has(played))
}
