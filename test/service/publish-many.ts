import type { Test } from 'tap'
import { tasks } from '../support/tasks.ts'
import type { At, World } from '../support/world.ts'

/** Publishes notifications for a client, with the ids "order 1" and so on. */
export async function publishMany(
  t: Test,
  world: Pick<World, 'ask' | 'bearer'>,
  service: At,
  addressee: string,
  count: number,
): Promise<void> {
  const { publish } = tasks(world)
  for (let sent = 0; sent < count; ) {
    const ids = Array.from({ length: 100 }, () => `order ${++sent}`)
    const answers = await Promise.all(ids.map((id) => publish(service, { addressee, id })))
    t.ok(answers.every(({ status }) => status === 202))
  }
}
