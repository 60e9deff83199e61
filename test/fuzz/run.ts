import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { contractViolations, schemaOf, schemaViolations } from '../support/contract.ts'
import { exchange, type Outcome } from './exchange.ts'
import { type FuzzedRequest, fuzzedRequest, type Known } from './requests.ts'

/** The number of requests in flight. */
const atOnce = 16
/** The time within which descriptors and memory return to the base line. */
const calmMs = 20_000
/** More than the descriptors that a pool or the AWS SDK may open on the way. */
const spareDescriptors = 40
/** A heap that was used grows to some size and stays there. In bytes. */
const spareMemory = 200 * 1_048_576

/** The instance under test. */
export interface Target {
  readonly url: string
  readonly pid: number
}

export interface Fuzzing {
  readonly runs: number
  readonly seed: number
  readonly known: Known
  /** Called now and then. */
  readonly progress?: (done: number) => void
}

export interface FuzzResult {
  /** How often each operation was answered with each status. */
  readonly statuses: ReadonlyMap<string, number>
  /** The violations of the contract, each with its request. */
  readonly findings: readonly string[]
}

/**
 * Sends requests that are made from the contract, valid and mutated, and holds every answer to the contract: a
 * documented status, a valid body and valid headers. At the end the instance must be alive, and its descriptors and
 * memory back.
 */
export async function fuzz(target: Target, { runs, seed, known, progress }: Fuzzing): Promise<FuzzResult> {
  const port = Number(new URL(target.url).port)
  const before = footprint(target.pid)
  const statuses = new Map<string, number>()
  const findings: string[] = []
  const requests = fc.sample(fuzzedRequest(known), { seed, numRuns: runs })
  let next = 0
  const send = async () => {
    for (let request = requests[next++]; request !== undefined && findings.length < 20; request = requests[next++]) {
      const outcome = await exchange(port, request)
      const result = outcome.kind === 'answered' ? String(outcome.answer.status) : outcome.kind
      const name = `${request.operationId} ${result}`
      statuses.set(name, (statuses.get(name) ?? 0) + 1)
      const violations = violationsOf(request, outcome)
      if (violations.length > 0)
        findings.push(`${describe(request)}\n  ${result}: ${violations.join('; ')}`.slice(0, 600))
      if (next % 1_000 === 0) progress?.(next)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, send))
  findings.push(...(await calm(target, before)))
  return { statuses, findings }
}

/** Refusals of HTTP itself, which no operation has to list. */
const ofHttpItself = new Set([400, 408, 414, 431])

function violationsOf({ operationId, method, damage }: FuzzedRequest, outcome: Outcome): readonly string[] {
  if (outcome.kind === 'held') return []
  // It may be a request for something else, or none: then only a fault of the service is a finding.
  if (damage.length > 0) {
    // Mode 2 has operations that it does not implement.
    const isFault = outcome.kind === 'answered' && outcome.answer.status >= 500 && outcome.answer.status !== 501
    return isFault ? [`status ${outcome.answer.status}`] : []
  }
  if (outcome.kind === 'unanswered') return [`no answer: ${outcome.why}`]
  const { answer } = outcome
  const violations = contractViolations(answer)
  if (answer.status >= 500 && violations.length === 0 && answer.status !== 501 && answer.status !== 503) {
    return [`status ${answer.status} of ${operationId}`]
  }
  if (violations.length === 0 || method === 'HEAD' || !ofHttpItself.has(answer.status)) return violations
  try {
    return schemaViolations(schemaOf('Error'), JSON.parse(answer.bodyText))
  } catch {
    return [`the body is no error: ${answer.bodyText.slice(0, 100)}`]
  }
}

interface Footprint {
  readonly descriptors: number
  readonly memory: number
}

function footprint(pid: number): Footprint {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, memory: pages * 4_096 }
}

async function calm({ url, pid }: Target, before: Footprint): Promise<string[]> {
  const deadline = performance.now() + calmMs
  for (;;) {
    const now = footprint(pid)
    const health = (await (await fetch(`${url}/health`)).json()) as { heldPolls: number }
    const findings: string[] = []
    if (health.heldPolls > 0) findings.push(`${health.heldPolls} polls are held after everyone has left`)
    const descriptors = now.descriptors - before.descriptors
    if (descriptors > spareDescriptors) findings.push(`${descriptors} descriptors more than before`)
    const memory = now.memory - before.memory
    if (memory > spareMemory) findings.push(`${Math.round(memory / 1_048_576)} MiB more than before`)
    if (findings.length === 0 || performance.now() > deadline) return findings
    await pause(200)
  }
}

function describe({ method, target, headers, body }: FuzzedRequest): string {
  const shown = headers.map(([name, value]) => `${name}: ${value.slice(0, 60)}`).join(', ')
  const text = body === null ? '' : ` body ${JSON.stringify(body.toString('latin1').slice(0, 100))}`
  return `${method} ${target.slice(0, 300)} [${shown}]${text}`
}
