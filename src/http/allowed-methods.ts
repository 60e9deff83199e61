import type { FastifyInstance } from 'fastify'
import { Refusal } from '../delivery/refusal.ts'

/** The refusal of a method that a path does not support. */
export class MethodRefused extends Refusal {
  /** The methods that the path supports, for `Allow`. */
  readonly allow: string

  constructor(methods: readonly string[]) {
    super('ERROR_METHOD_NOT_ALLOWED')
    this.allow = methods.join(', ')
  }
}

interface Path {
  readonly pattern: RegExp
  readonly methods: string[]
}

/** The configuration of a route for other instances alone: to everybody else its path is like any unknown one. */
export const forPeers = { isForPeers: true } as const

export function isForPeers(config: object): boolean {
  return (config as Partial<typeof forPeers>).isForPeers === true
}

/** The methods that each path supports, taken from the routes as they are made. */
export class AllowedMethods {
  readonly #paths = new Map<string, Path>()

  /** Learns of every route that is made from here on. */
  learnFrom(app: FastifyInstance): void {
    app.addHook('onRoute', ({ url, method, config }) => {
      if (url === '*' || isForPeers(config ?? {})) return
      const known = this.#paths.get(url) ?? { pattern: patternOf(url), methods: [] }
      for (const name of [method].flat()) if (!known.methods.includes(name)) known.methods.push(name)
      this.#paths.set(url, known)
    })
  }

  /** Returns the refusal of a request that has no route: of its method where the path has others, or of the path. */
  refusalFor(url: string): Refusal {
    const [path = ''] = url.split('?')
    for (const { pattern, methods } of this.#paths.values()) if (pattern.test(path)) return new MethodRefused(methods)
    return new Refusal('ERROR_NOT_FOUND')
  }
}

function patternOf(url: string): RegExp {
  const literal = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+').replace('*', '.*')}$`)
}
