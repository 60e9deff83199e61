/**
 * `npm run token -- NAME`: prints a token for a client and nothing else, for use as
 * `TOKEN=$(npm run -s token -- alice)`.
 */
import { parseArgs } from 'node:util'
import { runningStack } from './stack/running.ts'

const usage = 'usage: npm run token -- NAME [--scope "notifications:publish sessions:read"] [--ttl SECONDS]'

process.exitCode = await main()

async function main(): Promise<number> {
  const asked = readArguments()
  if (!asked) {
    console.error(usage)
    return 1
  }
  const stack = runningStack()
  if (!stack) {
    console.error('No local stack is running in this checkout; start one with: npm run dev')
    return 1
  }
  const { scope, ttlSeconds } = asked
  console.log(await stack.token(asked.clientId, { ttlSeconds, ...(scope === undefined ? {} : { scope }) }))
  return 0
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { scope: { type: 'string' }, ttl: { type: 'string', default: '3600' } },
    })
    const [clientId, ...others] = positionals
    const ttlSeconds = Number(values.ttl)
    if (!clientId || others.length > 0 || !Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1) return null
    return { clientId, scope: values.scope, ttlSeconds }
  } catch (error) {
    if (error instanceof TypeError) console.error(error.message)
    return null
  }
}
