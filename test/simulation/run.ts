import { graceMs, maxLingerMs, maxPauseMs, maxStreamMs, visibilityMs } from './bounds.ts'
import { Device } from './device.ts'
import type { Books, Violation } from './invariants.ts'
import { clientIds, isFaultless, type Schedule, type Step } from './schedule.ts'
import { World, type WorldOptions } from './world.ts'

/** Long enough for the most-shown message to become a dead letter, twice. */
const maxHealingMs = 14 * visibilityMs

/** Long enough for the last receive to run out. */
const maxRestMs = 25_000

const noBooks: Books = { deadLetters: 0, lostUnseen: 0, lostByMove: 0 }

export interface Outcome {
  readonly violations: readonly Violation[]
  readonly notifications: number
  readonly books: Books
  readonly simulatedMs: number
}

/** Plays one schedule, lets the world heal, lets everyone leave, and looks what is left. */
export async function run(schedule: Schedule, options: WorldOptions): Promise<Outcome> {
  const world = new World(schedule, options)
  const { ledger, realm } = world
  ledger.faultless = isFaultless(options.core.mode, schedule)
  for (let i = 0; i < schedule.instances; i++) world.startInstance()
  for (const [i, { client, ack, form }] of schedule.devices.entries()) {
    const clientId = clientIds[client] ?? 'alice'
    const name = `${clientId}, device ${i + 1} (${form}, ${ack})`
    world.devices.push(new Device(world, { clientId, name, ack, form }))
  }
  const isViolated = () => ledger.violations.length > 0

  for (const step of schedule.steps) {
    await world.pass(step.afterMs, isViolated)
    realm.check()
    if (isViolated()) break
    act(world, step)
  }
  await heal(world, isViolated)
  const books = isViolated() ? noBooks : close(world)
  if (!isViolated()) await leave(world, isViolated)
  return { violations: ledger.violations, notifications: ledger.size, books, simulatedMs: world.now }
}

function act(world: World, step: Step): void {
  switch (step.do) {
    case 'publish':
      for (let i = 0; i < step.count; i++) world.realm.publish(addresseeOf(world, step.device))
      return
    case 'post':
      for (let i = 0; i < step.count; i++) world.realm.post(addresseeOf(world, step.device))
      return
    case 'crash':
      return nth(world.openInstances, step.instance)?.process.crashIn(step.effects, step.phase)
    case 'pause':
      return nth(world.openInstances, step.instance)?.process.pause(step.ms)
    case 'stop':
      return world.replace(nth(world.openInstances, step.instance))
    case 'join':
      return nth(world.devices, step.device)?.join()
    case 'leave':
      return nth(world.devices, step.device)?.leave()
    case 'move':
      return nth(world.devices, step.device)?.move()
    case 'hang up':
      return nth(world.devices, step.device)?.hangUp()
    default:
      return step satisfies never
  }
}

function addresseeOf(world: World, device: number | null): string {
  return (device === null ? undefined : nth(world.devices, device)?.clientId) ?? 'nobody'
}

function nth<T>(list: readonly T[], n: number): T | undefined {
  return list[n % list.length]
}

/** No new trouble: whoever polls now gets everything, and the queues run empty. */
async function heal(world: World, isViolated: () => boolean): Promise<void> {
  world.trouble = 0
  world.realm.heal()
  for (const { process } of world.instances) process.crashIn(Number.POSITIVE_INFINITY, 'after')
  for (const device of world.devices) {
    if (!world.ledger.faultless) device.move()
    device.join()
  }
  // A sleeping process wakes up, and hears at some heartbeat of all that it has missed.
  await world.pass(maxPauseMs, () => isViolated() || world.instances.every(({ process }) => !process.paused))
  await world.pass(world.realm.settlingMs, isViolated)
  await world.pass(maxHealingMs, () => isViolated() || world.realm.isEmpty)
  world.realm.check()
}

function close(world: World): Books {
  return world.ledger.closeBooks(world.realm.waiting, (clientId) => world.awaitedSince(clientId))
}

/** Everyone leaves: after the linger there is nothing left of them. */
async function leave(world: World, isViolated: () => boolean): Promise<void> {
  // Notifications on their way arrive, and are acknowledged.
  await world.pass(graceMs + 500, isViolated)
  for (const device of world.devices) device.leave()
  await world.pass(maxStreamMs + 2 * maxLingerMs + graceMs, isViolated)
  const { ledger, realm } = world
  const look = (what: string, count: number) => {
    if (count !== 0) ledger.violate(8, `${count} ${what} left`)
  }
  realm.lookAtRests(look)
  for (const instance of world.instances) instance.rest()
  await world.pass(maxRestMs, isViolated)
  for (const { name, process, mailboxes, wires } of world.instances) {
    if (!process.alive) continue
    look(`timers at ${name}`, process.timers)
    look(`things on the wheel of ${name}`, mailboxes.deadlines.size)
    look(`mailboxes at ${name}`, mailboxes.size)
    look(`leased bytes at ${name}`, mailboxes.leasedMemory.bytes)
    look(`polls at ${name}`, mailboxes.heldPolls)
    look(`connections at ${name}`, wires.size)
  }
}
