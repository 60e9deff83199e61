import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from './project.ts'

/** Where `npm run dev` keeps everything; `DEV_FOLDER` names another folder, for a second stack in one checkout. */
export const devFolder = process.env.DEV_FOLDER || join(projectFolder, '.dev')

/** The ports of a stack. */
export interface Ports {
  readonly postgres: number
  readonly sqs: number
  readonly issuer: number
  /** The server of the page. */
  readonly page: number
  /** One for each instance of the service. */
  readonly services: readonly number[]
}

/** Facts for the next start and the other scripts; kept as `stack.json` in the stack's data folder. */
export interface StackFile {
  readonly ports: Partial<Ports>
  /** Null until it is up. */
  readonly serviceUrl: string | null
  readonly sqsEndpoint: string | null
  /** The queue that takes messages for any client. */
  readonly intakeQueueUrl: string | null
  readonly deadLetterQueueUrl: string | null
  /** The queue of `RECEIPT_QUEUES`. */
  readonly receiptQueueUrl: string | null
  readonly region: string
}

/** The file of that folder; null when there was no stack yet. */
export function readStackFile(folder: string): StackFile | null {
  let text: string
  try {
    text = readFileSync(join(folder, 'stack.json'), 'utf8')
  } catch {
    return null
  }
  return JSON.parse(text)
}

/** Written beside and then renamed: a reader sees the old one or the new one. */
export function writeStackFile(folder: string, content: StackFile): void {
  const file = join(folder, 'stack.json')
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** The keys of the stack for push services, in that folder. */
export function vapidKeyFile(folder: string): string {
  return join(folder, 'vapid-keys.json')
}

/** The issuer's private key in that folder. */
export function issuerKeyFile(folder: string): string {
  return join(folder, 'issuer-key.json')
}
