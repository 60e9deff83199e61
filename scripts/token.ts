/**
 * `npm run token -- NAME`: prints a token for a client and nothing else, for use as
 * `TOKEN=$(npm run -s token -- alice)`.
 */
import { exitCodes, runCommand, wholeNumber } from '../src/command-line.ts'
import { runningStack } from './stack/running.ts'

/** A year. */
const maxTtlSeconds = 31_536_000

process.exitCode = await runCommand(
  {
    name: 'npm run token',
    about: 'Prints a token for a client of the stack of npm run dev.',
    operands: [{ name: 'NAME', about: 'the id of the client' }],
    options: {
      scope: { about: 'scopes, separated by blanks, such as "notifications:publish sessions:read"', value: 'SCOPES' },
      ttl: { about: 'how long the token is valid', value: 'SECONDS', fallback: '3600' },
    },
  },
  ({ values, operands: [clientId = ''] }) => ({
    clientId,
    scope: values.scope,
    ttlSeconds: wholeNumber('ttl', values.ttl, { from: 1, to: maxTtlSeconds }),
  }),
  async ({ clientId, scope, ttlSeconds }) => {
    const stack = runningStack()
    if (!stack) {
      console.error('No local stack is running in this checkout; start one with: npm run dev')
      return exitCodes.failure
    }
    console.log(await stack.token(clientId, { ttlSeconds, ...(scope === undefined ? {} : { scope }) }))
    return exitCodes.ok
  },
)
