import t from 'tap'
import { startServiceHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'

t.test(
  'each rate of the settings bounds what it is for, and past it a caller is told when to come again',
  async (t) => {
    const world = await startWorld(t)
    const one = '1/0.001'
    const json = { 'content-type': 'application/json' }
    const post = (path: string, headers: Record<string, string>, body: unknown) => {
      return { path, init: { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) } }
    }
    const table: readonly [setting: string, about: string][] = [
      ['RATE_REGISTRATIONS', '/registrations'],
      ['RATE_TICKETS', '/tickets'],
      ['RATE_ADDRESSEE', '/notifications'],
      ['RATE_CALLBACK_URL', '/callback'],
    ]
    for (const [setting, about] of table) {
      const service = await startServiceHere(t, { ...world.env, [setting]: one })
      const bearer = world.bearer('alice', { scope: 'notifications:publish' })
      let { path, init } = post(about, bearer, about === '/tickets' ? undefined : {})
      if (about === '/notifications') {
        ;({ path, init } = post(about, bearer, { addressee: 'alice', subject: 's', body: '' }))
      }
      if (about === '/callback') {
        const registered = await world.ask(service, '/registrations', post('', bearer, {}).init)
        path = new URL(registered.json<{ callbackUrl: string }>().callbackUrl).pathname
      }
      t.ok((await world.ask(service, path, init)).status < 300, setting)
      const refused = await world.ask(service, path, init)
      t.match([refused.status, refused.json()], [429, { error: 'ERROR_TOO_MANY_REQUESTS' }], setting)
      t.ok(Number(refused.headers.get('retry-after')) > 100, setting)
    }
  },
)
