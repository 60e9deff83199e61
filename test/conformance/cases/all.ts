import type { Case } from '../case.ts'
import { acknowledgementCases } from './acknowledgements.ts'
import { backOffCases } from './back-off.ts'
import { bodyCases } from './bodies.ts'
import { connectionCases } from './connections.ts'
import { duplicateCases } from './duplicates.ts'
import { foreignCases } from './foreign.ts'
import { pollCases } from './polls.ts'
import { stoppingCases } from './stopping.ts'
import { streamCases } from './streams.ts'
import { timeOutCases } from './time-outs.ts'
import { tokenCases } from './tokens.ts'

/** The cases that a client is played through, in the order of docs/protocol.md. */
export const clientCases: readonly Case[] = [
  ...pollCases,
  ...bodyCases,
  ...acknowledgementCases,
  ...duplicateCases,
  ...backOffCases,
  ...tokenCases,
  ...timeOutCases,
  ...connectionCases,
  ...foreignCases,
  ...stoppingCases,
  ...streamCases,
]
