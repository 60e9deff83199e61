import { until } from '../../scripts/stack/until.ts'
import type { startWorld } from '../support/world.ts'

type World = Awaited<ReturnType<typeof startWorld>>
type Instance = Parameters<World['health']>[0]
type Test = Parameters<World['connect']>[0]

/** Counts the polls that are held at these instances together, and waits until there are so many. */
export function heldAtAll(world: Pick<World, 'health'>, instances: readonly Instance[]) {
  const held = async () => {
    const found = await Promise.all(instances.map((instance) => world.health(instance)))
    return found.reduce((sum, { heldPolls }) => sum + heldPolls, 0)
  }
  return { held, holds: (polls: number) => until(async () => (await held()) === polls) }
}

/** The ways in which a client of a proxy hangs up while it holds a poll or a stream; each is called once. */
export function hangUps(
  t: Test,
  world: Pick<World, 'bearer' | 'connect' | 'events' | 'frames'>,
  {
    proxy,
    clientId,
    holds,
  }: { readonly proxy: Instance; readonly clientId: string; holds(polls: number): Promise<unknown> },
) {
  const poll = async () => {
    const connection = await world.connect(t, proxy)
    connection.request('GET', '/notifications?wait=120', world.bearer(clientId))
    await holds(1)
    return connection
  }
  return {
    async closes() {
      const connection = await poll()
      connection.socket.end()
      // When a client has closed its side only, nginx closes the other without an answer; another proxy may keep it.
      await Promise.race([connection.closed, holds(0)])
    },
    async resets() {
      const connection = await poll()
      connection.reset()
    },
    async 'leaves a stream'() {
      const events = await world.events(t, proxy, clientId)
      await holds(1)
      events.hangUp()
    },
    async 'leaves a WebSocket'() {
      const frames = await world.frames(t, proxy, clientId)
      await holds(1)
      frames.socket.terminate()
    },
  }
}
