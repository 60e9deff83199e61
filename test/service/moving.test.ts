import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'
import { bodiesOf, idsOf } from '../support/world.ts'

inEveryModeHere(t, async (t, world) => {
  const [a, b] = await Promise.all([world.peer(t), world.peer(t)])

  t.test('a message that waits at the former instance follows its client', async (t) => {
    await world.poll(a, 'bob', 'wait=0')
    const id = await world.send(await world.queueBefore(a, 'bob'), 'bob', 'waits for him')
    t.match((await world.next(b, 'bob')).notifications, [{ id, body: 'waits for him' }])
    await world.emptied(b, 'bob')
  })

  t.test('an unacknowledged notification comes again at the new instance', async (t) => {
    const held = world.poll(a, 'carol', 'wait=20&ack=next')
    const id = await world.publish(a, 'carol', 'unheard')
    t.match((await held).notifications, [{ id }])
    const again = await world.next(b, 'carol', 'ack=next')
    t.match(again.notifications, [{ id }])
    t.same((await world.acknowledge(b, 'carol', { cursor: again.cursor })).json(), { acknowledged: 1, unknown: [] })
    await world.emptied(b, 'carol')
    t.equal((await world.poll(b, 'carol', 'wait=0')).status, 204)
  })

  t.test('a client that goes from A to B and back to A gets every notification once', async (t) => {
    const got: string[] = []
    const want: string[] = []
    for (const service of [a, b, a, b, a]) {
      const held = world.poll(service, 'dora')
      for (const other of [a, b]) {
        const body = `number ${want.length}`
        want.push(body)
        await world.send(await world.queueBefore(other, 'dora'), 'dora', body)
      }
      got.push(...bodiesOf(await held))
      while (got.length < want.length) got.push(...bodiesOf(await world.next(service, 'dora')))
    }
    t.same(got.sort(), want.sort())
    await world.emptied(a, 'dora')
  })

  t.test('a client that changes its instance at every poll loses nothing', async (t) => {
    const total = 100
    const got = new Set<string>()
    const queues = [await world.queueBefore(a, 'gina'), await world.queueBefore(b, 'gina')]
    const sending = (async () => {
      for (let i = 0; i < total; i++) await world.send(queues[i % 2] ?? '', 'gina', `message number ${i}`)
    })()
    for (let turn = 0; got.size < total; turn++) {
      for (const body of bodiesOf(await world.poll(turn % 2 === 0 ? a : b, 'gina', 'wait=1'))) got.add(body)
    }
    await sending
    t.equal(got.size, total)
  })

  t.test('a notification that was acknowledged at another instance does not come again', async (t) => {
    const held = world.poll(a, 'judy', 'wait=20&ack=next')
    const before = await world.publish(a, 'judy', 'before')
    let { cursor } = await held
    const moved = world.poll(b, 'judy', `wait=20&ack=next&cursor=${cursor}`)
    const after = await world.publish(b, 'judy', 'after')
    const got: string[] = []
    const take = async (answer: Awaited<ReturnType<typeof world.poll>>) => {
      got.push(...idsOf(answer))
      if (answer.status === 200) cursor = answer.cursor
    }
    await take(await moved)
    let empty = false
    const emptied = world.emptied(a, 'judy').then(() => {
      empty = true
    })
    while (!empty) await take(await world.poll(b, 'judy', `wait=1&ack=next&cursor=${cursor}`))
    await emptied
    t.same(got, [after], `and ${before} is over`)
  })

  t.test('a notification accepted over HTTP reaches a stream at any instance', async (t) => {
    const events = await world.events(t, b, 'ines')
    const published = await tasks(world).publish(a, { addressee: 'ines', body: 'from elsewhere' })
    t.match(published.json(), { status: world.accepted.connected })
    t.equal((await events.notification()).body, 'from elsewhere')
  })

  t.test('a cursor is not an error at another instance, and its notifications are not lost', async (t) => {
    const held = world.poll(a, 'hugo', 'wait=20&ack=next')
    const id = await world.publish(a, 'hugo', 'at most once more')
    const { cursor } = await held
    // The modes differ here: with a database the acknowledgement is forwarded, without one the notification may come
    // again.
    const there = await world.poll(b, 'hugo', `wait=5&ack=next&cursor=${cursor}`)
    t.ok([200, 204].includes(there.status), `${there.status}`)
    for (const notification of there.notifications) t.equal(notification.id, id)
    const word = await world.acknowledge(b, 'hugo', { cursor: there.cursor || cursor })
    t.equal(word.status, 200)
    await world.emptied(b, 'hugo')
    t.equal((await world.poll(b, 'hugo', 'wait=0&ack=next')).status, 204)
  })
})
