import { acknowledgementChecks } from './acknowledgements.ts'
import { pollChecks } from './polls.ts'
import { refusalChecks } from './refusals.ts'
import { streamChecks } from './streams.ts'
import type { Check } from './tested-service.ts'

/** Everything that is looked at from outside, in the order of docs/protocol.md. */
export const serverChecks: readonly Check[] = [
  ...pollChecks,
  ...acknowledgementChecks,
  ...refusalChecks,
  ...streamChecks,
]
