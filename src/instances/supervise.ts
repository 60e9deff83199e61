import { type ChildProcess, fork } from 'node:child_process'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { maxShutdownMs } from '../shutdown.ts'
import { isStopSignal, onStopSignals } from '../stop-signals.ts'
import { environmentOf, placeOf } from './place.ts'
import { findSharedPort } from './shared-port.ts'
import type { InstanceWord, ParentWord } from './siblings.ts'

/** An instance that has shut down still closes, and a busy machine is late. */
const marginMs = 7_000

interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One of the instances. */
interface Child {
  readonly number: number
  readonly process: ChildProcess
  readonly exited: Promise<Exit>
  serves: boolean
}

/**
 * Runs `INSTANCES` independent instances as children of this process, which share the port and nothing else. Resolves with
 * the exit code when all have ended: 0 after a signal and orderly shutdowns.
 *
 * They start and end together. The first signal shuts all of them down, a second one ends them at once. When one ends that
 * nobody has asked, the others shut down too and the code is 1, so that the supervisor of this process replaces them all:
 * none is started again here, where nobody would notice that it ends again and again.
 */
export async function superviseInstances(env: NodeJS.ProcessEnv, config: Config, log: Logger): Promise<number> {
  const children: Child[] = []
  const { DRAIN_SPREAD_SECONDS, AUTO_ACK_GRACE_MS } = config
  const leavingMs =
    maxShutdownMs({ drainSpreadMs: DRAIN_SPREAD_SECONDS * 1_000, graceMs: AUTO_ACK_GRACE_MS }) + marginMs
  let isStopping = false
  const tell = (word: ParentWord): void => {
    for (const { process } of children) if (process.connected) process.send(word, () => {})
  }
  const kill = (): void => {
    for (const { process } of children) process.kill('SIGKILL')
  }
  const stop = (): void => {
    if (isStopping) return
    isStopping = true
    tell('stop')
    setTimeout(() => {
      log.error({}, 'instances did not leave in time and are killed')
      kill()
    }, leavingMs)
  }
  onStopSignals({
    first() {
      log.info({}, 'shutting down: all instances are told')
      stop()
    },
    second(signal) {
      log.warn({ signal }, 'a second signal came: all instances end without shutting down')
      isStopping = true
      kill()
    },
  })
  const sharedPort = await findSharedPort(config.HOST, config.PORT)
  // A signal came meanwhile.
  if (isStopping) return 0
  log.info({ instances: config.INSTANCES, port: sharedPort }, 'starting instances that share one port')
  for (let number = 1; number <= config.INSTANCES; number++) {
    const child = startChild(env, config, number, sharedPort)
    child.process.on('message', (word: InstanceWord) => {
      child.serves = word === 'serves'
      if (!children.every(({ serves }) => serves)) return
      tell('all-serve')
      log.info({ instances: children.length, port: sharedPort }, 'all instances serve')
    })
    children.push(child)
  }
  const ends = children.map(async ({ number, exited }) => {
    const exit = await exited
    if (!isStopping) {
      log.fatal({ instance: number, ...exit }, 'an instance has ended: the others shut down, to be replaced together')
      stop()
      return false
    }
    return exit.code === 0 || isStopSignal(exit.signal)
  })
  return (await Promise.all(ends)).every((isOrderly) => isOrderly) ? 0 : 1
}

function startChild(env: NodeJS.ProcessEnv, config: Config, number: number, sharedPort: number): Child {
  const place = placeOf(config, number)
  // With the entry of this process, and its flags of Node. The file of settings has been read: its values are in `env`.
  const execArgv = process.execArgv.filter((flag) => !flag.startsWith('--env-file'))
  const child = fork(process.argv[1] ?? '', { env: environmentOf(env, config, place, sharedPort), execArgv })
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    // It could not be started. A word that did not reach a child is an error as well, and then it ends by itself.
    child.on('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null })
    })
  })
  return { number, process: child, exited, serves: false }
}
