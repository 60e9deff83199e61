import { portIn } from './instances/port-in.ts'
import { wantedDlq } from './modes/wanted-dlq.ts'
import { clientQueueName } from './publisher/client-queue.js'
import type { ValueOf } from './setting.ts'
import type { settings } from './settings.ts'
import { wakeUpProblems } from './wake-up-problems.ts'

type Table = typeof settings
type Values = { readonly [Name in keyof Table]: ValueOf<Table[Name]> }
type Environment = Readonly<Record<string, string | undefined>>

/**
 * Returns a line for each combination of settings with which the service could start and never work. Those of the database
 * are in `database.ts`.
 */
export function contradictions(given: Values, environment: Environment): string[] {
  const found: string[] = []
  const refuse = (isWrong: boolean, name: keyof Table, advice: string): void => {
    if (isWrong) found.push(`${name}: ${advice}`)
  }
  const isSet = (name: keyof Table) => (environment[name] ?? '').trim() !== ''

  const { DEFAULT_WAIT_SECONDS, MAX_TIMEOUT_SECONDS, AUTO_ACK_GRACE_MS, SQS_VISIBILITY_TIMEOUT_SECONDS } = given
  refuse(
    isSet('DEFAULT_WAIT_SECONDS') && DEFAULT_WAIT_SECONDS > MAX_TIMEOUT_SECONDS,
    'DEFAULT_WAIT_SECONDS',
    `set it to at most MAX_TIMEOUT_SECONDS (${MAX_TIMEOUT_SECONDS}), to which every wait is cut`,
  )
  refuse(
    AUTO_ACK_GRACE_MS >= SQS_VISIBILITY_TIMEOUT_SECONDS * 1000,
    'AUTO_ACK_GRACE_MS',
    `set it to less than SQS_VISIBILITY_TIMEOUT_SECONDS (${SQS_VISIBILITY_TIMEOUT_SECONDS} s), or SQS shows every message again`,
  )
  const { HOST, PORT, ADMIN_PORT } = given
  refuse(
    ADMIN_PORT !== null && ADMIN_PORT === PORT && PORT !== 0 && overlaps(HOST, given.ADMIN_HOST),
    'ADMIN_PORT',
    'set it to another port than PORT',
  )
  refuse(given.ADMIN_HOST !== null && ADMIN_PORT === null, 'ADMIN_PORT', 'set it, since ADMIN_HOST is set')
  for (const [name, advice] of severalProblems(given)) refuse(true, name, advice)
  for (const [name, advice] of deadLetterProblems(given)) refuse(true, name, advice)
  for (const [name, advice] of intakeProblems(given)) refuse(true, name, advice)
  for (const [name, advice] of wakeUpProblems(given)) refuse(true, name, advice)
  found.push(...awsProblems(given, environment))
  return found
}

type Problem = readonly [name: keyof Table, advice: string]

/** Several instances cannot have the same id, queue or port. */
function* severalProblems(given: Values): Generator<Problem> {
  const { INSTANCES, HOST, PORT, ADMIN_PORT, INSTANCE_ADDRESS } = given
  if (INSTANCES === 1) return
  for (const name of ['NOTIFICATION_SERVICE_CLIENT_ID', 'SQS_QUEUE_URL'] as const) {
    if (given[name] !== null) yield [name, 'unset it, or set INSTANCES to 1: it is for one instance alone']
  }
  const last = PORT + INSTANCES
  if (PORT !== 0 && last > maxPort) yield ['PORT', `set it to at most ${maxPort - INSTANCES}: ${ownPorts}`]
  if (INSTANCE_ADDRESS !== null) {
    if (PORT === 0) yield ['PORT', `set it, since INSTANCE_ADDRESS is set: ${ownPorts}`]
    if (portIn(INSTANCE_ADDRESS) + INSTANCES > maxPort) {
      yield [
        'INSTANCE_ADDRESS',
        `set its port to at most ${maxPort - INSTANCES}: instance k is reached at that port + k`,
      ]
    }
  }
  if (ADMIN_PORT === null || ADMIN_PORT === 0) return
  if (ADMIN_PORT + INSTANCES - 1 > maxPort) {
    yield ['ADMIN_PORT', `set it to at most ${maxPort + 1 - INSTANCES}: each instance takes the next port`]
  }
  const isApart = PORT === 0 || ADMIN_PORT > last || ADMIN_PORT + INSTANCES - 1 < PORT
  if (!isApart && ADMIN_PORT !== PORT && overlaps(HOST, given.ADMIN_HOST)) {
    yield ['ADMIN_PORT', `set it above ${last}: ${ownPorts}`]
  }
}

const maxPort = 65_535
const ownPorts = 'instance k alone is reached at PORT + k'

/** Whether something that listens at one of the hosts may be in the way of something at the other. */
function overlaps(host: string, adminHost: string | null): boolean {
  const hosts = [host, adminHost ?? host]
  return hosts[0] === hosts[1] || hosts.some((one) => one === '0.0.0.0' || one === '::')
}

function* deadLetterProblems(given: Values): Generator<Problem> {
  const wanted = wantedDlq(given)
  if (wanted.kind === 'none') return
  const deadLetters = wanted.kind === 'own' ? wanted.name : queueNameInArn(wanted.arn)
  const isFifo = deadLetters.endsWith('.fifo')
  if (given.NOTIFICATION_SERVICE_MODE === '2') {
    const clientId = clientOf(given, deadLetters)
    if (clientId !== null) yield ['SQS_DLQ_ARN', `name another queue: this is the queue of the client ${clientId}`]
    if (isFifo && given.SQS_USER_QUEUE_AUTO_CREATE) yield ['SQS_DLQ_ARN', noFifo]
    return
  }
  if (given.SQS_QUEUE_URL === null) {
    if (isFifo) yield ['SQS_DLQ_ARN', noFifo]
    return
  }
  if (queueNameIn(given.SQS_QUEUE_URL) === deadLetters) {
    yield ['SQS_DLQ_ARN', 'name another queue than SQS_QUEUE_URL: dead letters would come back for ever']
  }
}

/** The intake queue is nothing else as well: its messages may be for any client, and every instance receives from it. */
function* intakeProblems(given: Values): Generator<Problem> {
  if (given.SQS_INTAKE_QUEUE_URL === null) return
  const name = queueNameIn(given.SQS_INTAKE_QUEUE_URL)
  const wanted = wantedDlq(given)
  const deadLetters = wanted.kind === 'none' ? null : wanted.kind === 'own' ? wanted.name : queueNameInArn(wanted.arn)
  if (name === deadLetters) {
    yield [
      'SQS_INTAKE_QUEUE_URL',
      'name another queue than the dead-letter queue: dead letters would come back for ever',
    ]
  }
  if (given.NOTIFICATION_SERVICE_MODE === '2') {
    const clientId = clientOf(given, name)
    if (clientId !== null)
      yield ['SQS_INTAKE_QUEUE_URL', `name another queue: this is the queue of the client ${clientId}`]
  } else if (given.SQS_QUEUE_URL !== null && queueNameIn(given.SQS_QUEUE_URL) === name) {
    yield ['SQS_INTAKE_QUEUE_URL', 'name another queue than SQS_QUEUE_URL, from which this instance alone receives']
  }
}

/** Returns the client of mode 2 whose queue has this name, or null. */
function clientOf(given: Values, queueName: string): string | null {
  const prefix = queueNameIn(given.SQS_USER_QUEUE_BASE_URL ?? '')
  if (prefix === '' || !queueName.startsWith(`${prefix}-`)) return null
  const clientId = queueName.slice(prefix.length + 1)
  return clientId !== '' && clientQueueName(prefix, clientId) === queueName ? clientId : null
}

const noFifo = 'name a standard queue: the queues that the service creates are, and SQS allows no other for them'

/** The settings of the AWS SDK that are given and cannot be meant. The SDK itself fails at the first call, and by no name. */
function* awsProblems(given: Values, environment: Environment): Generator<string> {
  const endpoints = ['AWS_ENDPOINT_URL_SQS', 'AWS_ENDPOINT_URL'].filter((name) => environment[name])
  for (const name of endpoints) {
    const value = environment[name] ?? ''
    if (!/^https?:\/\/[^/]/i.test(value) || !URL.canParse(value))
      yield `${name}: expected an absolute http or https URL`
  }
  const region = environment.AWS_REGION ?? ''
  if (/^[a-z]+(-[a-z]+)+-\d[a-z]$/.test(region)) {
    yield `AWS_REGION: set it to ${region.slice(0, -1)}; ${region} is an availability zone`
  }
  // An emulator has one region, whatever its addresses say.
  if (region === '' || endpoints.length > 0) return
  const ofMode = given.NOTIFICATION_SERVICE_MODE === '1' ? 'SQS_QUEUE_URL' : 'SQS_USER_QUEUE_BASE_URL'
  for (const inUse of [ofMode, 'SQS_INTAKE_QUEUE_URL'] as const) {
    const queueRegion = /^https?:\/\/(?:sqs|sqs-fips)\.([a-z0-9-]+)\.amazonaws\.com/.exec(given[inUse] ?? '')?.[1]
    if (queueRegion !== undefined && queueRegion !== region) {
      yield `${inUse}: this queue is in ${queueRegion}, and AWS_REGION is ${region}`
    }
  }
  const deadLetterRegion = /^arn:[a-z-]+:sqs:([a-z0-9-]+):/.exec(given.SQS_DLQ_ARN ?? '')?.[1]
  if (deadLetterRegion !== undefined && deadLetterRegion !== region) {
    yield `SQS_DLQ_ARN: a dead-letter queue is in the region of its queues (AWS_REGION is ${region}), not in ${deadLetterRegion}`
  }
}

function queueNameInArn(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1)
}

function queueNameIn(url: string): string {
  return url.replace(/\/+$/, '').replace(/^.*\//, '')
}
