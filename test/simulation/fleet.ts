import type { Instance, Realm } from './realm.ts'
import type { World } from './world.ts'

/** The instances of one run, and the balancer in front of them. */
export class Fleet {
  readonly #world: World
  readonly #realm: Realm
  readonly instances: Instance[] = []
  /** The instance that the balancer chose last for each client. */
  readonly #homes = new Map<string, Instance>()
  readonly #replaced = new Set<Instance>()

  constructor(world: World, realm: Realm) {
    this.#world = world
    this.#realm = realm
  }

  /** Starts an instance, perhaps in the place of another. */
  start(before: Instance | null = null): void {
    const number = this.instances.length + 1
    this.instances.push(this.#realm.start({ number, before, onDeath: (instance) => this.#died(instance) }))
  }

  /** A deploy: the next instance starts, and this one is asked to leave. */
  replace(instance: Instance | undefined): void {
    if (instance === undefined) return
    this.start(instance)
    // Its successor under the same id tells it.
    if (this.#realm.hasSuccessor(instance)) return
    this.#replaced.add(instance)
    instance.stop()
  }

  #died(instance: Instance): void {
    for (const wire of [...instance.wires]) wire.hostDied()
    instance.wires.clear()
    for (const [clientId, home] of this.#homes) if (home === instance) this.#homes.delete(clientId)
    this.#realm.died(instance)
    if (!this.#replaced.has(instance) && !this.#realm.hasSuccessor(instance))
      this.#world.after(this.#world.random.between(50, 1_500), () => this.start(instance))
  }

  /** The instances that take requests. */
  get open(): Instance[] {
    return this.instances.filter(({ open }) => open)
  }

  /** From here on the balancer sends this client wherever it likes. */
  move(clientId: string): void {
    this.#homes.delete(clientId)
  }

  /** Where the balancer sends a poll: all of a client to one instance on good days, anywhere on others. */
  balance(clientId: string): Instance | null {
    const { random, trouble } = this.#world
    const known = this.#homes.get(clientId)
    if (known?.open && !random.chance(2 * trouble)) return known
    const home = random.pick(this.open) ?? null
    if (home) this.#homes.set(clientId, home)
    return home
  }
}
