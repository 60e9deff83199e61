import { mintToken, type TokenClaims } from './issuer.ts'
import { isLocked } from './lock.ts'
import { readSigningKey } from './signing-key.ts'
import { devFolder, issuerKeyFile, readStackFile } from './stack-file.ts'

/** The stack of `npm run dev`, seen from another process. */
export interface RunningStack {
  readonly serviceUrl: string
  readonly sqsEndpoint: string
  readonly intakeQueueUrl: string
  readonly deadLetterQueueUrl: string
  readonly receiptQueueUrl: string
  readonly region: string
  token(clientId: string, claims?: TokenClaims): string
}

/** The stack that runs with its data in this folder; null when none does, or when it is not up yet. */
export function runningStack(folder: string = devFolder): RunningStack | null {
  const file = readStackFile(folder)
  if (!file?.serviceUrl || !file.sqsEndpoint) return null
  if (!file.intakeQueueUrl || !file.deadLetterQueueUrl || !file.receiptQueueUrl) return null
  if (!isLocked(folder)) return null
  const { serviceUrl, sqsEndpoint, intakeQueueUrl, deadLetterQueueUrl, receiptQueueUrl, region } = file
  const key = readSigningKey(issuerKeyFile(folder))
  const token: RunningStack['token'] = (clientId, claims) => mintToken(key, clientId, claims)
  return { serviceUrl, sqsEndpoint, intakeQueueUrl, deadLetterQueueUrl, receiptQueueUrl, region, token }
}
