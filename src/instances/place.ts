import type { Config } from '../config.ts'
import { portIn } from './port-in.ts'

/** The place of an instance among several that share one port. */
export interface Place {
  /** From 1 on. */
  readonly number: number
  /** The port at which this instance alone is reached; 0 takes a free one. */
  readonly ownPort: number
}

type Environment = Readonly<Record<string, string | undefined>>
type Given = Pick<Config, 'PORT' | 'ADMIN_PORT' | 'INSTANCE_ADDRESS' | 'PUBLIC_URL'>

/** Returns the place of an instance. Its own port is `PORT` plus its number, so that an operator can open it to peers. */
export function placeOf({ PORT }: Pick<Config, 'PORT'>, number: number): Place {
  return { number, ownPort: PORT === 0 ? 0 : PORT + number }
}

/** The variable by which an instance is told its place. It is between the processes, and no setting. */
const variable = 'INSTANCE_PLACE'

/** Returns the place that the environment tells; null for a process that is not one of several instances. */
export function placeIn(env: Environment): Place | null {
  const [, number, ownPort] = /^(\d+):(\d+)$/.exec(env[variable] ?? '') ?? []
  return number === undefined ? null : { number: Number(number), ownPort: Number(ownPort) }
}

/**
 * Returns the environment of the instance at this place. Everything is shared but the ports that only one process can have:
 * instance 1 has `ADMIN_PORT` itself and the next one the port after it, and the port of `INSTANCE_ADDRESS` moves as the own
 * ports do. Callers are sent to the shared port.
 */
export function environmentOf(env: Environment, given: Given, place: Place, sharedPort: number): NodeJS.ProcessEnv {
  const { ADMIN_PORT, INSTANCE_ADDRESS, PUBLIC_URL } = given
  const admin = ADMIN_PORT === null || ADMIN_PORT === 0 ? ADMIN_PORT : ADMIN_PORT + place.number - 1
  return {
    ...env,
    INSTANCES: '1',
    [variable]: `${place.number}:${place.ownPort}`,
    PORT: String(sharedPort),
    ADMIN_PORT: admin === null ? '' : String(admin),
    INSTANCE_ADDRESS: INSTANCE_ADDRESS === null ? '' : withPortMoved(INSTANCE_ADDRESS, place.number),
    PUBLIC_URL: PUBLIC_URL ?? INSTANCE_ADDRESS ?? '',
  }
}

function withPortMoved(address: string, by: number): string {
  const url = new URL(address)
  url.port = String(portIn(address) + by)
  return url.href.replace(/\/+$/, '')
}
