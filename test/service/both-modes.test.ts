import t, { type Test } from 'tap'
import { type ModeWorld, modes } from '../support/modes.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { until } from '../support/sqs.ts'

/** What a client and a publisher see is the same in every mode. Each behaviour has clients of its own. */
const behaviours: Record<string, (t: Test, world: ModeWorld, service: ServiceProcess) => Promise<unknown>> = {
  async 'a held poll is answered by a message, which is then gone'(t, world, service) {
    const held = world.poll(service, 'alice')
    const id = await world.publish(service, 'alice', '{"order":42}')
    const { status, notifications } = await held
    t.equal(status, 200)
    t.match(notifications, [{ id, addressee: 'alice', body: '{"order":42}', deliveryCount: 1 }])
    await until(async () => (await world.sqs.count(await world.queueOf(service, 'alice'))).all === 0)
  },

  async 'what is sent between two polls waits for the next one'(t, world, service) {
    t.equal((await world.poll(service, 'bob', 'wait=0')).status, 204)
    await world.publish(service, 'bob', 'meanwhile')
    t.same((await world.next(service, 'bob')).bodies, ['meanwhile'])
  },

  async 'with ack=next a notification comes again until its cursor is echoed'(t, world, service) {
    const held = world.poll(service, 'carol', 'ack=next&wait=20')
    await world.publish(service, 'carol', 'again')
    t.same((await held).bodies, ['again'])
    const second = await world.poll(service, 'carol', 'ack=next&wait=0')
    t.same(second.bodies, ['again'])
    t.equal((await world.poll(service, 'carol', `ack=next&wait=0&cursor=${second.cursor}`)).status, 204)
    await until(async () => (await world.sqs.count(await world.queueOf(service, 'carol'))).all === 0)
  },

  async 'each of several polls of one client gets the notification'(t, world, service) {
    const tabs = [1, 2, 3].map(() => world.poll(service, 'dora', 'ack=next&wait=20'))
    await world.holds(service, 3)
    await world.publish(service, 'dora', 'for all tabs')
    for (const { bodies } of await Promise.all(tabs)) t.same(bodies, ['for all tabs'])
  },

  async 'one poll more than a client may hold is refused, and the held ones stay'(t, world, service) {
    const held = Array.from({ length: 10 }, () => world.poll(service, 'emil', 'wait=20'))
    await world.holds(service, 10)
    t.equal((await world.poll(service, 'emil')).status, 429)
    await world.publish(service, 'emil', 'still there')
    for (const { bodies } of await Promise.all(held)) t.same(bodies, ['still there'])
  },

  async 'an answer has as many as the limit says, and says that there are more'(t, world, service) {
    await world.poll(service, 'fritz', 'wait=0')
    const sent = ['one', 'two', 'three', 'four', 'five']
    for (const body of sent) await world.publish(service, 'fritz', body)
    const received: string[] = []
    while (received.length < sent.length) {
      const { bodies } = await world.next(service, 'fritz', 'wait=20&limit=2')
      t.ok(bodies.length <= 2)
      received.push(...bodies)
    }
    t.same(received.sort(), sent.sort())
    const rest = ['six', 'seven', 'eight']
    for (const body of rest) await world.publish(service, 'fritz', body)
    await until(async () => (await world.poll(service, 'fritz', 'ack=next&wait=1&limit=100')).bodies.length === 3)
    const { bodies, more } = await world.poll(service, 'fritz', 'wait=1&limit=2')
    t.same([bodies.length, more], [2, true])
  },

  async 'a client that hangs up costs nothing, and gets at its next poll what came meanwhile'(t, world, service) {
    const hangUp = new AbortController()
    const held = world.poll(service, 'greta', 'wait=20', hangUp.signal).catch(() => 'hung up')
    await world.holds(service, 1)
    hangUp.abort()
    t.equal(await held, 'hung up')
    await world.holds(service, 0)
    await world.publish(service, 'greta', 'for later')
    t.same((await world.next(service, 'greta')).bodies, ['for later'])
  },

  async 'a client gets nothing that is addressed to another'(t, world, service) {
    const hers = world.poll(service, 'hanna', 'wait=1')
    const his = world.poll(service, 'ivo', 'wait=20')
    await Promise.all([world.queueOf(service, 'hanna'), world.publish(service, 'ivo', 'for Ivo')])
    t.same((await his).bodies, ['for Ivo'])
    t.equal((await hers).status, 204)
  },

  async 'any client id reaches its own client'(t, world, service) {
    const names = ['jörg müller', 'karl/../leo', 'x-abc', 'Mia', 'mia', 'auth0|5f7c', 'n'.repeat(500), '🦊']
    const held = names.map((name) => world.poll(service, name, 'wait=20'))
    await Promise.all(names.map((name, i) => world.publish(service, name, `for ${i}`)))
    for (const [i, poll] of held.entries()) t.same((await poll).bodies, [`for ${i}`], `${names[i]?.slice(0, 20)}`)
  },

  async 'what is no notification goes to the dead-letter queue with the reason'(t, world, service) {
    const held = world.poll(service, 'nora', 'wait=2')
    const queueUrl = await world.queueOf(service, 'nora')
    await world.sqs.send(queueUrl, 'without a subject', { addressee: 'nora' })
    let [dead] = await world.sqs.receive(world.deadLetters.url)
    while (dead === undefined) [dead] = await world.sqs.receive(world.deadLetters.url)
    t.match(dead, { Body: 'without a subject', MessageAttributes: { 'invalid-reason': { StringValue: /subject/ } } })
    t.equal((await held).status, 204)
  },

  async 'a publisher is told where a client is'(t, world, service) {
    t.match(await world.session(service, 'nobody'), { mode: world.mode, online: false, instanceId: null })
    const held = world.poll(service, 'olga')
    await until(async () => (await world.session(service, 'olga')).online)
    const session = await world.session(service, 'olga')
    t.match(session, { mode: world.mode, online: true, instanceId: /^[0-9a-f-]{36}$/ })
    t.equal(session.queueUrl, await world.queueOf(service, 'olga'))
    await world.publish(service, 'olga', 'found')
    t.same((await held).bodies, ['found'])
  },
}

for (const [name, start] of Object.entries(modes)) {
  t.test(`in the mode ${name}`, async (t) => {
    const world = await start(t)
    const service = await world.service(t)
    for (const [behaviour, play] of Object.entries(behaviours)) {
      await t.test(behaviour, (t) => play(t, world, service))
    }
    await t.test(
      'an instance that is told to stop answers its polls, keeps nothing and ends in good order',
      async (t) => {
        const leaving = await world.service(t)
        const clients = ['paul', 'rosa']
        const held = clients.map((clientId) => world.poll(leaving, clientId, 'wait=30'))
        const queues = await Promise.all(clients.map((clientId) => world.queueOf(leaving, clientId)))
        await world.holds(leaving, 2)
        leaving.signal('SIGTERM')
        for (const { status } of await Promise.all(held)) t.equal(status, 204)
        // Its last receives still wait; what they bring is given back.
        for (const [i, queueUrl] of queues.entries()) {
          await world.sqs.send(queueUrl, 'too late here', { addressee: `${clients[i]}`, subject: 'greeting' })
        }
        t.equal(await leaving.ended, 0)
        for (const queueUrl of queues) t.ok((await world.sqs.count(queueUrl)).all > 0)
      },
    )
  })
}
