import type { Exit } from './server-process.ts'
import type { Service } from './service.ts'

/** `stopping`: asked to leave, and not gone yet. */
export type InstanceState = 'starting' | 'running' | 'stopping' | 'stopped'

/** An instance that can be started again where it was, as often as one likes. `pid` and `exited` are those of its last process. */
export interface Instance extends Service {
  readonly state: InstanceState
  /** How its last process ended; null while it runs. */
  readonly exit: Exit | null
  /** Starts it again. Does nothing unless it is stopped; rejects when it does not become ready. */
  start(): Promise<void>
  /** Stops it for good: gives up a start that is under way. */
  close(): Promise<void>
}

/**
 * Makes an instance of its first process. `launch` starts another process in its place, and gives up when the signal
 * aborts. `onEnd` is called when a process has ended, with whether it was told to.
 */
export function restartable(
  first: Service,
  launch: (signal: AbortSignal) => Promise<Service>,
  onEnd: (exit: Exit, wasTold: boolean) => void,
): Instance {
  const closing = new AbortController()
  let service = first
  let state: InstanceState = 'running'
  let exit: Exit | null = null
  let starting = Promise.resolve()
  const follow = (): void => {
    service.exited.then((how) => {
      const wasTold = state === 'stopping'
      state = 'stopped'
      exit = how
      onEnd(how, wasTold)
    })
  }
  const start = async (): Promise<void> => {
    state = 'starting'
    try {
      service = await launch(closing.signal)
    } catch (error) {
      state = 'stopped'
      throw error
    }
    state = 'running'
    exit = null
    follow()
  }
  const told = (): void => {
    if (state === 'running') state = 'stopping'
  }
  const { url, port } = first
  const instance: Instance = {
    url,
    port,
    get pid() {
      return service.pid
    },
    get exited() {
      return service.exited
    },
    get state() {
      return state
    },
    get exit() {
      return exit
    },
    output: () => service.output(),
    askToLeave() {
      told()
      service.askToLeave()
    },
    stop() {
      told()
      return service.stop()
    },
    kill() {
      told()
      return service.kill()
    },
    start() {
      if (closing.signal.aborted) return Promise.resolve()
      if (state === 'stopped') starting = start()
      return starting
    },
    async close() {
      closing.abort(new Error('the stack is stopping'))
      await starting.catch(() => {})
      await instance.stop()
    },
  }
  follow()
  return instance
}
