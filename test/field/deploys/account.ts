import type { MachineLateness } from './machine-lateness.ts'
import type { Arrival } from './steady-client.ts'
import type { Sent } from './steady-sender.ts'

/** A notification that takes longer counts as late. */
const lateMs = 500
/** A delivery takes several processes in turn, each of which the machine may keep waiting. */
const waitsOfMachine = 4

/** A time of `Date.now()` to another. */
export interface Period {
  readonly from: number
  readonly to: number
}

/** The figures of one period. */
export interface Account {
  readonly sent: number
  readonly lost: number
  /** Arrivals beyond the first of a notification at its client. */
  readonly twice: readonly Arrival[]
  /** Look-ups that said of a client with a held poll that it is offline. */
  readonly wrongLookUps: number
  readonly medianMs: number
  readonly worstMs: number
  /** Later than 500 ms, for whatever reason. */
  readonly late: number
  /** Later than 500 ms, more than in the period without restarts, and more than the machine explains. */
  readonly lateByDeploy: number
  /** The worst lateness of the machine itself. */
  readonly machineMs: number
}

interface Facts {
  readonly sent: ReadonlyMap<string, Sent>
  readonly arrivals: readonly Arrival[]
  readonly wrongLookUps: readonly { readonly at: number }[]
  readonly machine: MachineLateness
  /** The worst lateness of the period without restarts. */
  readonly ordinaryMs: number
}

/** The account of what was sent in the period. */
export function accountOf({ from, to }: Period, { sent, arrivals, wrongLookUps, machine, ordinaryMs }: Facts): Account {
  const first = new Map<string, Arrival>()
  const twice: Arrival[] = []
  for (const arrival of arrivals) {
    if (first.has(arrival.id)) twice.push(arrival)
    else first.set(arrival.id, arrival)
  }
  const ofPeriod = [...sent].filter(([, { at }]) => at >= from && at < to)
  const isOfPeriod = new Set(ofPeriod.map(([id]) => id))
  const found = ofPeriod.flatMap(([id, { at }]) => {
    const arrivedAt = first.get(id)?.at
    return arrivedAt === undefined ? [] : [{ at, arrivedAt, ms: Math.max(0, arrivedAt - at) }]
  })
  const delays = found.map(({ ms }) => ms).sort((a, b) => a - b)
  const allowed = (at: number, arrivedAt: number) =>
    Math.max(lateMs, ordinaryMs) + waitsOfMachine * machine.worst(at, arrivedAt)
  return {
    sent: ofPeriod.length,
    lost: ofPeriod.length - found.length,
    twice: twice.filter(({ id }) => isOfPeriod.has(id)),
    wrongLookUps: wrongLookUps.filter(({ at }) => at >= from && at < to).length,
    medianMs: delays[Math.floor(delays.length / 2)] ?? 0,
    worstMs: delays.at(-1) ?? 0,
    late: delays.filter((ms) => ms > lateMs).length,
    lateByDeploy: found.filter(({ at, arrivedAt, ms }) => ms > allowed(at, arrivedAt)).length,
    machineMs: machine.worst(from, to),
  }
}

/** One line of figures. */
export function line(name: string, account: Account): string {
  const { sent, lost, twice, wrongLookUps, medianMs, worstMs, late, lateByDeploy, machineMs } = account
  return (
    `${name}: ${sent} sent, ${lost} lost, ${twice.length} twice, ${wrongLookUps} wrong look-ups, median ${medianMs} ms, ` +
    `worst ${worstMs} ms, ${late} later than ${lateMs} ms, ${lateByDeploy} of them by the deploy; ` +
    `the machine was late by up to ${machineMs} ms`
  )
}
