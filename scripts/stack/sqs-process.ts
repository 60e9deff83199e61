import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ward } from './last-resort.ts'
import { type SqsPlace, startSqs } from './sqs.ts'

/** An SQS API in a process of its own, which shares no event loop with anybody and can be stopped in its tracks. */
export interface SqsProcess extends SqsPlace, AsyncDisposable {
  readonly signal: (signal: NodeJS.Signals) => void
}

/**
 * Starts an SQS API in a process of its own, where a receive waits so long at most; at this port, if it is given and free.
 */
export async function startSqsProcess(maxReceiveSeconds: number, port?: number): Promise<SqsProcess> {
  const child: ChildProcess = ward(
    fork(fileURLToPath(import.meta.url), [maxReceiveSeconds, ...(port === undefined ? [] : [port])].map(String), {
      // A process group of its own keeps Ctrl-C from ending SQS before the instances that need it.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  )
  const exited = once(child, 'exit')
  const place = await Promise.race([
    once(child, 'message').then(([message]) => message as SqsPlace),
    exited.then(() => Promise.reject(new Error('the SQS API did not start'))),
  ])
  return {
    ...place,
    signal: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('disconnect', () => process.exit(0))
  const [maxReceiveSeconds = 20, ...wanted] = process.argv.slice(2).map(Number)
  const { store: _, ...place } = await startSqs({ dataDir: null, wanted, maxReceiveSeconds })
  process.send(place)
}
