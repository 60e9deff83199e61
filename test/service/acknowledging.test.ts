import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'
import { bodiesOf } from '../support/world.ts'

inEveryModeHere(t, async (t, world) => {
  // A grace that is not over before a test has acknowledged.
  const service = await world.service(t, { AUTO_ACK_GRACE_MS: '3000' })

  /** Sends a message to a client, which polls before if need be, and waits until the service has received it. */
  async function deposit(clientId: string, body: string): Promise<string> {
    if (!(await world.session(service, clientId)).online) await world.poll(service, clientId, 'wait=0')
    return world.deposit(service, clientId, body)
  }

  t.test('with ack=next the echoed cursor acknowledges exactly what its own response held', async (t) => {
    await deposit('alice', 'one')
    const first = await world.next(service, 'alice', 'ack=next')
    t.same(bodiesOf(first), ['one'])
    await deposit('alice', 'two')
    const second = await world.next(service, 'alice', `ack=next&wait=0&cursor=${first.cursor}`)
    t.same(bodiesOf(second), ['two'], 'the acknowledged notification is gone')
    const again = await world.next(service, 'alice', `ack=next&wait=0&cursor=${first.cursor}`)
    t.same(bodiesOf(again), ['two'], 'an old cursor does not acknowledge later notifications')
    t.equal((await world.poll(service, 'alice', `ack=next&wait=0&cursor=${again.cursor}`)).status, 204)
    await world.emptied(service, 'alice')
  })

  t.test('a notification that is not acknowledged is handed over again at every poll', async (t) => {
    const id = await deposit('bob', 'again and again')
    for (let i = 0; i < 3; i++) {
      const { notifications } = await world.next(service, 'bob', 'ack=next&wait=0')
      t.match(notifications, [{ id, deliveryCount: 1 }])
    }
    t.same((await world.acknowledge(service, 'bob', { ids: [id] })).json(), { acknowledged: 1, unknown: [] })
    t.equal((await world.poll(service, 'bob', 'wait=0')).status, 204)
    await world.emptied(service, 'bob')
  })

  t.test('notifications are acknowledged by cursor or by ids, and unknown ids are listed', async (t) => {
    const ids = [await deposit('carol', 'one'), await deposit('carol', 'two'), await deposit('carol', 'three')]
    const { cursor } = await world.next(service, 'carol', 'ack=next&limit=1')
    t.same((await world.acknowledge(service, 'carol', { cursor })).json(), { acknowledged: 1, unknown: [] })
    t.same((await world.acknowledge(service, 'carol', { cursor })).json(), { acknowledged: 0, unknown: [] }, 'repeated')
    t.same(
      (await world.acknowledge(service, 'carol', { ids: [ids[2]] })).json(),
      { acknowledged: 0, unknown: [ids[2]] },
      'a notification that was never handed over cannot be acknowledged',
    )
    t.same(bodiesOf(await world.next(service, 'carol', 'ack=next')), ['two', 'three'])
    t.same((await world.acknowledge(service, 'carol', { ids: [ids[0], ids[1], 'nothing', ids[2]] })).json(), {
      acknowledged: 2,
      unknown: [ids[0], 'nothing'],
    })
    await world.emptied(service, 'carol')
  })

  t.test('a foreign or broken cursor is not an error, and acknowledges nothing', async (t) => {
    await deposit('dora', 'stays')
    const { cursor } = await world.next(service, 'dora', 'ack=next')
    const broken = [
      '',
      'x',
      '..',
      `${cursor}0`,
      cursor.replace(/^[^.]+/, 'nobody'),
      '\u0000',
      'ü',
      'a.b.c',
      'x'.repeat(3000),
    ]
    for (const each of broken) {
      const answer = await world.next(service, 'dora', `ack=next&wait=0&cursor=${encodeURIComponent(each)}`)
      t.same(bodiesOf(answer), ['stays'])
      t.same((await world.acknowledge(service, 'dora', { cursor: each })).json(), { acknowledged: 0, unknown: [] })
    }
  })

  t.test('a client cannot acknowledge the notifications of another client', async (t) => {
    const id = await deposit('emil', 'his own')
    const { cursor } = await world.next(service, 'emil', 'ack=next')
    t.equal((await world.poll(service, 'mallory', `wait=0&cursor=${cursor}`)).status, 204)
    t.same((await world.acknowledge(service, 'mallory', { cursor })).json(), { acknowledged: 0, unknown: [] })
    t.same((await world.acknowledge(service, 'mallory', { ids: [id] })).json(), { acknowledged: 0, unknown: [id] })
    t.same(bodiesOf(await world.next(service, 'emil', 'ack=next')), ['his own'])
  })

  t.test('the first acknowledgement of several polls settles a notification', async (t) => {
    const tabs = [1, 2].map(() => world.poll(service, 'fred', 'ack=next'))
    await world.holds(service, 2)
    const id = await world.publish(service, 'fred', 'for two tabs')
    const [one, two] = await Promise.all(tabs)
    t.not(one?.cursor, two?.cursor, 'each response has a cursor of its own')
    t.same((await world.acknowledge(service, 'fred', { cursor: one?.cursor })).json(), { acknowledged: 1, unknown: [] })
    t.same((await world.acknowledge(service, 'fred', { cursor: two?.cursor })).json(), { acknowledged: 0, unknown: [] })
    t.same((await world.acknowledge(service, 'fred', { ids: [id] })).json(), { acknowledged: 0, unknown: [id] })
    t.equal((await world.poll(service, 'fred', 'wait=0')).status, 204)
  })

  t.test('an acknowledgement within the grace of ack=auto counts', async (t) => {
    const id = await deposit('gina', 'acknowledged early')
    await world.next(service, 'gina', 'ack=auto')
    t.same((await world.acknowledge(service, 'gina', { ids: [id] })).json(), { acknowledged: 1, unknown: [] })
  })

  t.test('a notification in the grace of ack=auto is not handed to another poll', async (t) => {
    await deposit('hugo', 'once')
    await world.next(service, 'hugo')
    t.equal((await world.poll(service, 'hugo', 'wait=0')).status, 204)
  })

  t.test('an invalid acknowledgement is refused', async (t) => {
    const bodies = [
      {},
      { cursor: 1 },
      { ids: [] },
      { ids: 'x' },
      { ids: [''] },
      { cursor: 'x', ids: ['x'] },
      [],
      null,
      'x',
    ]
    for (const body of [
      ...bodies,
      { ids: Array.from({ length: 101 }, (_, i) => `id-${i}`) },
      { cursor: 'x', more: 1 },
    ]) {
      const { status, text } = await world.acknowledge(service, 'ines', body)
      t.equal(status, 400, text)
    }
  })
})
