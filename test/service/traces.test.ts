import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const tracestate = 'vendor=1'
const trace = { traceparent, tracestate }

inEveryModeHere(t, async (t, world) => {
  const { callbackPath, call, publish } = tasks(world)
  const service = await world.service(t)

  t.test('a trace on a message, a publication or a callback changes nothing for its client', async (t) => {
    await world.poll(service, 'alice', 'wait=0')
    await world.publish(service, 'alice', 'a message', trace)
    const bodies = new Set<string>()
    const take = async () => {
      const { notifications } = await world.next(service, 'alice')
      for (const notification of notifications) {
        t.notMatch(JSON.stringify(notification), /trace/, "the trace is not the client's")
        bodies.add(notification.body)
      }
    }
    const published = await publish(service, { addressee: 'alice', body: 'a publication' }, trace)
    t.equal(published.headers.get('trace-id'), '4bf92f3577b34da6a3ce929d0e0e4736')
    await call(service, await callbackPath(service, 'alice'), 'a callback', trace)
    while (bodies.size < 3) await take()
    t.same([...bodies].sort(), ['a callback', 'a message', 'a publication'])
  })

  t.test('a malformed trace is ignored', async (t) => {
    const answer = await publish(service, { addressee: 'bob' }, { traceparent: 'nonsense', tracestate: '=' })
    t.equal(answer.status, 202)
    t.equal((await world.next(service, 'bob')).notifications.length, 1)
  })
})
