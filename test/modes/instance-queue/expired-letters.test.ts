import t from 'tap'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { expiredLetters } from '../../../src/modes/instance-queue/expired-letters.ts'
import { notificationFor } from '../../delivery/world.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const rows = ['1', '2', '3'].map((key) => ({
  key,
  notification: notificationFor('alice', { id: key }),
  deliveryCount: 1,
}))

function start(find: () => Promise<{ url: string } | null>, send: (id: string) => Promise<void>) {
  const lines: string[] = []
  const note = (_: object, sentence: string) => void lines.push(sentence)
  const log = { debug() {}, info: note, warn: note, error: note }
  const letters = expiredLetters({
    dlq: { find, forget: () => lines.push('forgotten') },
    send: (_, { id }) => send(id),
    ...{ clock: new FakeClock(), log },
  })
  return { letters, lines }
}

t.test('expired notifications that were sent to the dead-letter queue may be removed', async (t) => {
  const sent: string[] = []
  const { letters, lines } = start(
    async () => ({ url: 'dlq' }),
    async (id) => void sent.push(id),
  )
  t.same(await letters(rows), ['1', '2', '3'])
  t.same(sent, ['1', '2', '3'])
  t.same(lines, [])
})

t.test('an expired notification that could not be sent stays, and those after it', async (t) => {
  const { letters, lines } = start(
    async () => ({ url: 'dlq' }),
    async (id) => {
      if (id === '2') throw new Error('out of order')
    },
  )
  t.same(await letters(rows), ['1'])
  t.match(lines, ['forgotten', /cannot be sent to the dead-letter queue/])
})

t.test('an expired notification that SQS refuses keeps no other from the dead-letter queue', async (t) => {
  const refused = Object.assign(new Error('no such attribute'), { $metadata: { httpStatusCode: 400 } })
  const { letters, lines } = start(
    async () => ({ url: 'dlq' }),
    async (id) => {
      if (id === '2') throw new Refusal('ERROR_SQS_UNEXPECTED_ERROR', { cause: refused })
    },
  )
  t.same(await letters(rows), ['1', '3'])
  t.match(lines, ['forgotten', /cannot be sent to the dead-letter queue/])
})

t.test('without a dead-letter queue expired notifications may be removed', async (t) => {
  const { letters } = start(
    async () => null,
    () => Promise.reject(new Error('sent')),
  )
  t.same(await letters(rows), ['1', '2', '3'])
})
