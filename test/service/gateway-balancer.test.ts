import t from 'tap'
import { type Answer, startWorld } from '../support/world.ts'

/** Of each kind. */
const count = 60

const world = await startWorld(t)
const fleet = await Promise.all([world.peer(t), world.peer(t), world.peer(t)])

/** The instance that a balancer without stickiness takes next. */
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

/** Callbacks to one instance after the other, and messages to wherever the client was a moment ago. */
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

for (const ack of ['next', 'auto']) {
  t.test(
    `with ack=${ack} a client that changes its instance at every poll gets everything, and nothing twice`,
    async (t) => {
      const clientId = `nomad-${ack}`
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
      t.same(got.sort(), sent)
    },
  )
}
