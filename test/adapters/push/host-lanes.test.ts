import t from 'tap'
import { HostLanes } from '../../../src/adapters/push/host-lanes.ts'
import type { Answer } from '../../../src/adapters/push/post.ts'

const created: Answer = { kind: 'answered', status: 201, retryAfter: null }
const unanswered: Answer = { kind: 'unanswered' }

t.test('a host has sixteen calls in flight, and calls to others do not wait for it', async (t) => {
  const lanes = new HostLanes()
  const begun: ((answer: Answer) => void)[] = []
  const hang = () => new Promise<Answer>((resolve) => begun.push(resolve))
  const calls = Array.from({ length: 20 }, () => lanes.run('slow.example', hang))
  await lanes.run('quick.example', async () => created)
  t.equal(begun.length, 16)
  begun[0]?.(created)
  await calls[0]
  await new Promise(setImmediate)
  t.equal(begun.length, 17, 'the next one begins')
  begun[1]?.(unanswered)
  const putOff = { kind: 'put-off' }
  t.same(await Promise.all(calls.slice(17)), [putOff, putOff, putOff], 'the rest does not wait in vain')
  for (const end of begun) end(created)
  await Promise.all(calls)
  t.equal(begun.length, 17)
  t.same(await lanes.run('slow.example', async () => created), created)
})
