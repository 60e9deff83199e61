import { examineBalancer } from './balancer.ts'
import { examineDatabase } from './database.ts'
import type { Finding } from './finding.ts'
import { examineIssuer } from './issuer.ts'
import { examinePeers } from './peers.ts'
import { examineQueues } from './queues.ts'
import { examineSettings } from './settings.ts'

/** The facts that the settings do not have. */
export interface Asked {
  /** A token of a client, to be judged as the service would; null for none. */
  readonly token: string | null
  /** How long the balancer in front keeps an idle connection; null when that is not known. */
  readonly balancerIdleSeconds: number | null
}

/** Looks at everything that an instance with this environment would rely on, and changes nothing. */
export async function examine(
  environment: Readonly<Record<string, string | undefined>>,
  { token, balancerIdleSeconds }: Asked,
): Promise<readonly Finding[]> {
  const { config, findings } = examineSettings(environment)
  if (config === null) return findings
  const hasDatabase = config.NOTIFICATION_SERVICE_MODE === '1'
  const [database, queues, issuer] = await Promise.all([
    hasDatabase ? examineDatabase(config) : [],
    examineQueues(config),
    examineIssuer(config, token),
  ])
  // An instance tells its peers by the database.
  const isReadable = hasDatabase && database.every(({ state }) => state !== 'fail')
  const peers =
    isReadable && database.every(({ text }) => !text.includes('migrations are missing'))
      ? await examinePeers(config)
      : []
  return [...findings, ...database, ...queues, ...issuer, ...peers, ...examineBalancer(config, balancerIdleSeconds)]
}
