import { graceMs, maxLingerMs, maxPauseMs, maxStreamMs, visibilityMs } from './bounds.ts'
import { ClientQueues } from './client-queue/client-queues.ts'
import type { Core } from './core.ts'
import { Device } from './device.ts'
import { Fleet } from './fleet.ts'
import { InstanceQueues } from './instance-queue/instance-queues.ts'
import type { StatementFaults } from './instance-queue/tables.ts'
import type { Books, Violation } from './invariants.ts'
import type { Realm } from './realm.ts'
import { clientIds, isFaultless, type Schedule, type Step } from './schedule.ts'
import { World } from './world.ts'

/** Long enough for the most-shown message to become a dead letter, twice. */
const maxHealingMs = 14 * visibilityMs

/** Long enough for the last receive to run out. */
const maxRestMs = 25_000

const noBooks: Books = { deadLetters: 0, lostUnseen: 0, lostByMove: 0, expired: 0, told: 0 }

/** The code to play, and faults of the statements. */
export interface RunOptions extends StatementFaults {
  readonly core: Core
}

/** Everything there is in one run. */
interface Cast {
  readonly world: World
  readonly realm: Realm
  readonly fleet: Fleet
  readonly devices: readonly Device[]
}

export interface Outcome {
  readonly violations: readonly Violation[]
  readonly notifications: number
  readonly books: Books
  readonly simulatedMs: number
}

/** Plays one schedule, lets the world heal, lets everyone leave, and looks what is left. */
export async function run(schedule: Schedule, options: RunOptions): Promise<Outcome> {
  const cast = castOf(schedule, options)
  const { world, realm } = cast
  const { ledger } = world
  const isViolated = () => ledger.violations.length > 0

  for (const step of schedule.steps) {
    await world.pass(step.afterMs, isViolated)
    realm.check()
    if (isViolated()) break
    act(cast, step)
  }
  await heal(cast, isViolated)
  const books = isViolated() ? noBooks : close(cast)
  if (!isViolated()) await leave(cast, isViolated)
  return { violations: ledger.violations, notifications: ledger.size, books, simulatedMs: world.now }
}

/** Makes the world of the schedule, with its instances started and its devices not yet there. */
function castOf(schedule: Schedule, { core, ...faults }: RunOptions): Cast {
  const world = new World(core.mode, schedule)
  world.ledger.faultless = isFaultless(core.mode, schedule)
  const realm =
    core.mode === 1
      ? new InstanceQueues(world, core, { seed: schedule.seed, ...faults })
      : new ClientQueues(world, core, schedule)
  const fleet = new Fleet(world, realm)
  for (let i = 0; i < schedule.instances; i++) fleet.start()
  const devices = schedule.devices.map(({ client, ack, form }, i) => {
    const clientId = clientIds[client] ?? 'alice'
    const name = `${clientId}, device ${i + 1} (${form}, ${ack})`
    return new Device(world, fleet, { clientId, name, ack, form })
  })
  world.recipients.push(...devices)
  return { world, realm, fleet, devices }
}

function act({ realm, fleet, devices }: Cast, step: Step): void {
  switch (step.do) {
    case 'publish':
      for (let i = 0; i < step.count; i++) realm.publish(addresseeOf(devices, step.device))
      return
    case 'post':
      for (let i = 0; i < step.count; i++) realm.post(addresseeOf(devices, step.device))
      return
    case 'crash':
      return nth(fleet.open, step.instance)?.process.crashIn(step.effects, step.phase)
    case 'pause':
      return nth(fleet.open, step.instance)?.process.pause(step.ms)
    case 'stop':
      return fleet.replace(nth(fleet.open, step.instance))
    case 'join':
      return nth(devices, step.device)?.join()
    case 'leave':
      return nth(devices, step.device)?.leave()
    case 'move':
      return nth(devices, step.device)?.move()
    case 'hang up':
      return nth(devices, step.device)?.hangUp()
    default:
      return step satisfies never
  }
}

function addresseeOf(devices: readonly Device[], device: number | null): string {
  return (device === null ? undefined : nth(devices, device)?.clientId) ?? 'nobody'
}

function nth<T>(list: readonly T[], n: number): T | undefined {
  return list[n % list.length]
}

/** No new trouble: whoever polls now gets everything, and the queues run empty. */
async function heal({ world, realm, fleet, devices }: Cast, isViolated: () => boolean): Promise<void> {
  world.trouble = 0
  realm.heal()
  for (const { process } of fleet.instances) process.crashIn(Number.POSITIVE_INFINITY, 'after')
  for (const device of devices) {
    if (!world.ledger.faultless) device.move()
    device.join()
  }
  // A sleeping process wakes up, and hears at some heartbeat of all that it has missed.
  await world.pass(maxPauseMs, () => isViolated() || fleet.instances.every(({ process }) => !process.paused))
  await world.pass(realm.settlingMs, isViolated)
  await world.pass(maxHealingMs, () => isViolated() || realm.isEmpty)
  realm.check()
}

function close({ world, realm }: Cast): Books {
  return world.ledger.closeBooks(realm.waiting, {
    awaitedSince: (clientId) => world.awaitedSince(clientId),
    receiptOf: (notification) => realm.receiptOf(notification),
  })
}

/** Everyone leaves: after the linger there is nothing left of them. */
async function leave({ world, realm, fleet, devices }: Cast, isViolated: () => boolean): Promise<void> {
  // Notifications on their way arrive, and are acknowledged.
  await world.pass(graceMs + 500, isViolated)
  for (const device of devices) device.leave()
  await world.pass(maxStreamMs + 2 * maxLingerMs + graceMs, isViolated)
  const { ledger } = world
  const look = (what: string, count: number) => {
    if (count !== 0) ledger.violate(8, `${count} ${what} left`)
  }
  realm.lookAtRests(look)
  for (const instance of fleet.instances) instance.rest()
  await world.pass(maxRestMs, isViolated)
  for (const { name, process, mailboxes, wires } of fleet.instances) {
    if (!process.alive) continue
    look(`timers at ${name}`, process.timers)
    look(`things on the wheel of ${name}`, mailboxes.deadlines.size)
    look(`mailboxes at ${name}`, mailboxes.clients.size)
    look(`leased bytes at ${name}`, mailboxes.leasedMemory.bytes)
    look(`polls at ${name}`, mailboxes.heldPolls.count)
    look(`connections at ${name}`, wires.size)
  }
}
