import { expect } from '../case.ts'
import { type Check, expectError, type Handed } from './tested-service.ts'

/** A wait is a number of whole seconds here, and the service may end a poll a little early or late. */
const earlyMs = 200

export const pollChecks: readonly Check[] = [
  {
    name: 'a poll is answered 204 when its wait is over',
    requires: ['S-POLL-1', 'S-POLL-2'],
    look: async (service) => {
      const startedAt = performance.now()
      const response = await service.poll({ wait: '1' })
      const tookMs = performance.now() - startedAt
      expect(response.status === 204, `S-POLL-1: answered with ${response.status}`)
      expect(tookMs > 1_000 - earlyMs, `S-POLL-1: answered after ${Math.round(tookMs)} ms`)
      expect(response.headers.get('preference-applied') === 'wait=1', 'S-POLL-2: Preference-Applied is not wait=1')
      expect(response.headers.get('cache-control')?.includes('no-store') === true, 'S-POLL-2: it may be stored')
      expect((await response.text()) === '', 'S-POLL-1: a 204 has a body')
    },
  },
  {
    name: 'a held poll is answered when a notification comes',
    requires: ['S-POLL-1', 'S-POLL-2'],
    look: async (service) => {
      const held = service.poll({ wait: '20' })
      const id = await service.publish()
      const response = await held
      expect(response.status === 200, `S-POLL-1: answered with ${response.status}`)
      expect(response.headers.get('cache-control')?.includes('no-store') === true, 'S-POLL-2: it may be stored')
      const { notifications, cursor } = (await response.json()) as Handed
      expect(
        notifications.some((one) => one.id === id && one.body === id),
        'S-POLL-1: another notification came',
      )
      await service.acknowledge({ cursor })
    },
  },
  {
    name: 'limit bounds a response, and more says that others wait',
    requires: ['S-POLL-3'],
    look: async (service) => {
      const sent = [await service.publish(), await service.publish(), await service.publish()]
      const got: string[] = []
      let cursor = ''
      while (got.length < sent.length) {
        const response = await service.news({ limit: '1', cursor })
        expect(response.notifications.length === 1, `S-POLL-3: ${response.notifications.length} came with limit=1`)
        got.push(...response.notifications.map(({ id }) => id))
        cursor = response.cursor
        if (got.length === sent.length) expect(!response.more, 'S-POLL-3: more is true, and nothing waits')
      }
      expect(
        sent.every((id) => got.includes(id)),
        'S-POLL-3: some did not come',
      )
      await service.acknowledge({ cursor })
    },
  },
  {
    name: 'every held poll of the client gets the notification',
    requires: ['S-POLL-4'],
    look: async (service) => {
      const polls = [service.poll({ wait: '20' }), service.poll({ wait: '20' })]
      // Both are held before anything is sent: a poll of a third device, which ends at once, was answered after them.
      await service.poll({ wait: '1' })
      const id = await service.publish()
      for (const response of await Promise.all(polls)) {
        expect(response.status === 200, `S-POLL-4: one of two polls was answered with ${response.status}`)
        const { notifications } = (await response.json()) as Handed
        expect(
          notifications.some((one) => one.id === id),
          'S-POLL-4: one of two polls did not get it',
        )
      }
      await service.empty()
    },
  },
  {
    name: 'parameters that are none are refused, and a wait that is too long is cut',
    requires: ['S-POLL-5', 'S-ERR-1'],
    look: async (service) => {
      for (const query of ['wait=-1', 'wait=soon', 'limit=0', 'limit=101', 'limit=x', 'ack=maybe']) {
        const expected = { number: 'S-POLL-5', status: 400, code: 'ERROR_INVALID_ARGUMENT' }
        await expectError(await service.request(`/notifications?${query}`), expected)
      }
      const controller = new AbortController()
      const held = service.poll({ wait: '99999999' }, controller.signal).then(
        ({ status }) => status,
        () => null,
      )
      const first = await Promise.race([held, service.poll({ wait: '1' }).then(() => 'held' as const)])
      controller.abort()
      expect(first === 'held', `S-POLL-5: a long wait was answered with ${first}`)
    },
  },
]
