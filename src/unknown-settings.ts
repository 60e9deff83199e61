import type { Log } from './delivery/ports.ts'
import { editDistance } from './edit-distance.ts'
import { settings } from './settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A name of the environment that looks like a setting and is none. */
interface Unknown {
  readonly name: string
  /** The setting that is spelled most like it, if there is such a setting. */
  readonly meant: string | null
}

/** A name that begins like this can only be meant for this service, or for another program that reads the same file. */
const ourPrefixes = ['NOTIFICATION_SERVICE_', 'SQS_', 'DB_', 'JWT_', 'COGNITO_', 'RATE_']
/** Names as short as HOST are a slip away from many others. */
const minLength = 6
const maxSlips = 2
/**
 * Kubernetes and Docker name the address of a service in every container beside it: a service that is called `db` makes
 * `DB_SERVICE_HOST`, `DB_PORT_5432_TCP_ADDR` and, with a URL as its value, `DB_PORT`. Nobody has misspelled these.
 */
const serviceLink = /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/

const known = Object.keys(settings)
const isKnown: ReadonlySet<string> = new Set(known)

/** Warns of each name of the environment that looks like a setting and is none. Values are not shown. */
export function warnOfUnknownSettings(log: Pick<Log, 'warn'>, environment: Environment): void {
  for (const { name, meant } of unknownSettings(environment)) {
    const fields = meant === null ? { setting: name } : { setting: name, meant }
    log.warn(
      fields,
      'a variable of the environment looks like a setting and is none, so it has no effect: correct its name or remove it',
    )
  }
}

/** Returns the names of the environment that look like settings and are none, in alphabetical order. */
export function unknownSettings(environment: Environment): readonly Unknown[] {
  return Object.entries(environment)
    .filter(([name, value]) => !isKnown.has(name) && !isServiceLink(name, value))
    .map(([name]) => ({ name, meant: nearest(name) }))
    .filter(({ name, meant }) => meant !== null || ourPrefixes.some((prefix) => name.startsWith(prefix)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function isServiceLink(name: string, value: string | undefined): boolean {
  return serviceLink.test(name) || (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value ?? ''))
}

/** Returns the setting that differs least from the name, in capitals and in at most two slips; null when there is none. */
function nearest(name: string): string | null {
  const written = name.toUpperCase().replaceAll('-', '_')
  // npm makes hundreds of variables of its own.
  if (written.length < minLength || name.startsWith('npm_')) return null
  let best: string | null = null
  let fewest = maxSlips + 1
  for (const setting of known) {
    if (setting.length < minLength) continue
    const slips = editDistance(written, setting, fewest)
    if (slips < fewest) [best, fewest] = [setting, slips]
  }
  return best
}
