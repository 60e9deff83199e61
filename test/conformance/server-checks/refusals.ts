import { expect } from '../case.ts'
import { type Check, expectError } from './tested-service.ts'

/** More polls than a client may hold with the default settings. */
const manyPolls = 12

export const refusalChecks: readonly Check[] = [
  {
    name: 'without a valid token the answer is 401, whatever else is wrong',
    requires: ['S-ERR-1', 'S-ERR-2'],
    look: async (service) => {
      for (const authorization of ['', 'Bearer', 'Bearer not-a-token', 'Basic YTpi', 'Bearer a.b.c']) {
        const response = await service.request('/notifications?wait=nonsense', { headers: { authorization } })
        const challenge = response.headers.get('www-authenticate') ?? ''
        await expectError(response, { number: 'S-ERR-2', status: 401 })
        expect(challenge.startsWith('Bearer'), `S-ERR-2: WWW-Authenticate is "${challenge}"`)
      }
    },
  },
  {
    name: 'a token in the URL is not accepted',
    requires: ['S-ERR-2'],
    look: async (service) => {
      const query = new URLSearchParams({ access_token: service.tested.token, token: service.tested.token, wait: '0' })
      const response = await service.request(`/notifications?${query}`, { headers: { authorization: '' } })
      await expectError(response, { number: 'S-ERR-2', status: 401 })
    },
  },
  {
    name: 'paths and methods that are none are refused in the same form',
    requires: ['S-ERR-1'],
    look: async (service) => {
      await expectError(await service.request('/nothing-here'), {
        number: 'S-ERR-1',
        status: 404,
        code: 'ERROR_NOT_FOUND',
      })
      const response = await service.request('/notifications', { method: 'DELETE' })
      expect(response.headers.get('allow') !== null, 'S-ERR-1: a 405 has no Allow')
      await expectError(response, { number: 'S-ERR-1', status: 405, code: 'ERROR_METHOD_NOT_ALLOWED' })
    },
  },
  {
    name: 'one poll too many is told when to come again, and the others stay',
    requires: ['S-ERR-3'],
    look: async (service) => {
      const responses = await Promise.all(Array.from({ length: manyPolls }, () => service.poll({ wait: '2' })))
      for (const response of responses) {
        if (response.status === 204) continue
        expect(response.headers.get('retry-after') !== null, 'S-ERR-3: a 429 has no Retry-After')
        await expectError(response, { number: 'S-ERR-3', status: 429, code: 'ERROR_TOO_MANY_REQUESTS' })
      }
      expect(
        responses.some(({ status }) => status === 204),
        'S-ERR-3: no poll was held',
      )
    },
  },
]
