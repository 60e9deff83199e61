import { sqsClients } from '../adapters/sqs/client.ts'
import { exitCodes, runCommand, UsageError } from '../command-line.ts'
import { ConfigError } from '../config.ts'
import { carryOut } from './command.ts'
import { commandLine, readOptions } from './options.ts'

/** `npm run dead-letters`: resolves with the exit code. A signal ends the work after the letter that is under way. */
export async function deadLetters(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort())
  const print = (line: string) => console.log(line)
  const say = (line: string) => console.error(line)
  const work = async (options: ReturnType<typeof readOptions>): Promise<number> => {
    const sqs = sqsClients({ receiveSockets: 1 })
    try {
      const isDone = await carryOut(options, { env, sqs, signal: stopping.signal, print, say })
      return isDone ? exitCodes.ok : exitCodes.failure
    } catch (error) {
      say(reasonOf(error))
      return error instanceof UsageError ? exitCodes.usage : exitCodes.failure
    } finally {
      sqs.close()
    }
  }
  return runCommand(commandLine, readOptions, work, args)
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigError) return `${error.message}\nOr say which queue with --queue.`
  return `Not done: ${error instanceof Error ? error.message : error}`
}
