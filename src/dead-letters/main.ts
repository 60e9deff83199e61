import { sqsClients } from '../adapters/sqs/client.ts'
import { ConfigError } from '../config.ts'
import { carryOut } from './command.ts'
import { readOptions, UsageError, usage } from './options.ts'

/** Something that was asked for was not done. */
const failed = 1
/** The command line cannot be carried out. */
const misused = 2

/** `npm run dead-letters`: returns the exit code. A signal ends the work after the letter that is under way. */
export async function deadLetters(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort())
  try {
    const options = readOptions(args)
    if (options === null) {
      console.log(usage)
      return 0
    }
    const print = (line: string) => console.log(line)
    const say = (line: string) => console.error(line)
    const sqs = sqsClients({ receiveSockets: 1 })
    try {
      return (await carryOut(options, { env, sqs, signal: stopping.signal, print, say })) ? 0 : failed
    } finally {
      sqs.close()
    }
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`)
      return misused
    }
    console.error(
      error instanceof ConfigError
        ? `${error.message}\nOr say which queue with --queue.`
        : `Not done: ${error instanceof Error ? error.message : error}`,
    )
    return failed
  }
}
