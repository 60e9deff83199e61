import t from 'tap'
import { inEveryModeHere } from '../support/modes.ts'
import { serverChecks } from './server-checks/all.ts'
import { runChecks } from './server-checks/run-checks.ts'

inEveryModeHere(t, async (t, world) => {
  const service = await world.service(t)
  const tokenOf = (client: string, claims = {}) => world.bearer(client, claims).authorization.slice('Bearer '.length)
  const outcomes = await runChecks(serverChecks, {
    url: service.url,
    token: tokenOf('alice'),
    addressee: 'alice',
    publisherToken: tokenOf('sender', { scope: 'notifications:publish' }),
  })
  for (const { name, kind, reason } of outcomes) t.equal(kind, 'passed', reason === '' ? name : `${name}: ${reason}`)
})
