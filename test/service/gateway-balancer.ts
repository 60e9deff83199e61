import type { Test } from 'tap'
import type { Answer, At, World } from '../support/world.ts'

/** A client that changes its instance at every poll gets `count` callbacks and `count` messages, each once. */
export function reachesWanderers(
  t: Test,
  world: Pick<World, 'bearer' | 'ask' | 'publish' | 'poll'>,
  fleet: readonly At[],
  count: number,
): void {
  /** Returns the next instance that a load balancer without stickiness chooses. */
  function at(turn: number) {
    const service = fleet[turn % fleet.length]
    if (service === undefined) throw new Error('there is one')
    return service
  }

  async function callbackPath(clientId: string): Promise<string> {
    const headers = world.bearer(clientId)
    const response = await world.ask(at(0), '/registrations', { method: 'POST', headers })
    return new URL(response.json<{ callbackUrl: string }>().callbackUrl).pathname
  }

  /** Sends callbacks to one instance after the other, and messages to the instance where the client was a moment ago. */
  async function send(clientId: string): Promise<string[]> {
    const path = await callbackPath(clientId)
    const bodies: string[] = []
    for (let i = 0; i < count; i++) {
      bodies.push(`callback ${i} of ${clientId}`, `message ${i} of ${clientId}`)
      const [accepted] = await Promise.all([
        world.ask(at(i), path, { method: 'POST', body: `callback ${i} of ${clientId}` }),
        world.publish(at(i + 1), clientId, `message ${i} of ${clientId}`),
      ])
      t.equal(accepted.status, 202)
    }
    return bodies.sort()
  }

  /** Returns the notifications of a client that polls another instance every time, while they are being sent. */
  async function wander(clientId: string, ack: string) {
    const got: string[] = []
    let cursor = ''
    let ended = false
    let idle = 0
    const polling = (async () => {
      for (let turn = 0; !ended || idle < fleet.length; turn++) {
        const query = `wait=${ended ? 1 : 2}&ack=${ack}${ack === 'next' ? `&cursor=${cursor}` : ''}`
        const response = await world.poll(at(turn), clientId, query)
        idle = response.status === 204 ? idle + 1 : 0
        if (response.status !== 200) continue
        const answer = response.json<Answer>()
        cursor = answer.cursor
        got.push(...answer.notifications.map(({ body }) => body))
      }
    })()
    const sent = await send(clientId)
    ended = true
    await polling
    return { got, sent }
  }

  for (const ack of ['next', 'auto']) {
    t.test(
      `a client with ack=${ack} that changes its instance at every poll gets every notification once`,
      async (t) => {
        // An instance waits a second for the word of another one. On a machine that is busy with something else that may
        // be too short, and a copy is right then; so it is tried again, and a copy every time is a defect.
        let copies = Number.POSITIVE_INFINITY
        for (let attempt = 1; attempt <= 3 && copies > 0; attempt++) {
          const { got, sent } = await wander(`nomad-${ack}-${attempt}`, ack)
          t.same([...new Set(got)].sort(), sent)
          copies = got.length - sent.length
          if (copies > 0) t.comment(`${copies} of ${sent.length} came twice`)
        }
        t.equal(copies, 0)
      },
    )
  }
}
