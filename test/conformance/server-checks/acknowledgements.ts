import { expect } from '../case.ts'
import type { Check } from './tested-service.ts'

export const acknowledgementChecks: readonly Check[] = [
  {
    name: 'a notification is handed over again until its cursor comes back',
    requires: ['S-ACK-1', 'S-ACK-2'],
    look: async (service) => {
      const id = await service.publish()
      const first = await service.news()
      const second = await service.news()
      expect(
        [first, second].every(({ notifications }) => notifications.some((one) => one.id === id)),
        'S-ACK-1: it was not handed over again',
      )
      const after = await service.poll({ wait: '1', cursor: second.cursor })
      expect(after.status === 204, `S-ACK-2: after its cursor a poll was answered with ${after.status}`)
    },
  },
  {
    name: 'a cursor acknowledges exactly its response',
    requires: ['S-ACK-2'],
    look: async (service) => {
      const one = await service.publish()
      const first = await service.news()
      const other = await service.publish()
      const { notifications, cursor } = await service.news({ cursor: first.cursor })
      const ids = notifications.map(({ id }) => id)
      expect(ids.includes(other), 'S-ACK-2: the cursor of an earlier response acknowledged a later notification')
      expect(!ids.includes(one), 'S-ACK-2: the cursor did not acknowledge its response')
      await service.acknowledge({ cursor })
    },
  },
  {
    name: 'a cursor that nobody knows is not an error',
    requires: ['S-ACK-2'],
    look: async (service) => {
      for (const cursor of ['nobody-knows-this', '%', 'é "', '9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17']) {
        const response = await service.poll({ wait: '0', cursor })
        expect(response.status === 204, `S-ACK-2: the cursor ${cursor} was answered with ${response.status}`)
      }
    },
  },
  {
    name: 'ids acknowledge one by one, unknown ones are named, and a repeat does no harm',
    requires: ['S-ACK-3'],
    look: async (service) => {
      const sent = [await service.publish(), await service.publish()]
      const seen = new Set<string>()
      while (seen.size < sent.length) for (const { id } of (await service.news()).notifications) seen.add(id)
      const answer = await service.acknowledge({ ids: [sent[0], 'nobody-knows-this'] })
      expect(answer.acknowledged === 1, `S-ACK-3: ${answer.acknowledged} acknowledged instead of 1`)
      expect(answer.unknown.join() === 'nobody-knows-this', `S-ACK-3: unknown is ${answer.unknown.join()}`)
      await service.acknowledge({ ids: [sent[0]] })
      const { notifications, cursor } = await service.news()
      expect(notifications.map(({ id }) => id).join() === sent[1], 'S-ACK-3: the wrong ones are left')
      await service.acknowledge({ cursor })
    },
  },
]
