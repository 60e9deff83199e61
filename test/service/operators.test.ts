import t from 'tap'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { startServiceHere } from '../support/service-here.ts'

const pages = ['/metrics', '/docs', '/docs/json', '/docs/static/swagger-ui.css']
const health = ['/health', '/health/live', '/health/ready']

t.test('the edge, which is the same in every mode', async (t) => {
  const world = await startClientQueueWorld(t)
  const both = await startServiceHere(t, world.env)
  const apart = await startServiceHere(t, { ...world.env, ADMIN_PORT: '0', ADMIN_HOST: '127.0.0.1' })
  const withoutDocs = await startServiceHere(t, { ...world.env, DOCS: 'off' })
  const [listening] = apart.all('listening')
  const operators = { url: `http://127.0.0.1:${listening?.adminPort}` }

  /** Returns the status of each path, and checks the header that every response has. */
  async function statusesOf(at: { readonly url: string }, paths: readonly string[]): Promise<readonly number[]> {
    return Promise.all(
      paths.map(async (path) => {
        const response = await fetch(at.url + path)
        await response.text()
        t.equal(response.headers.get('x-content-type-options'), 'nosniff', path)
        return response.status
      }),
    )
  }

  t.test('the pages of operators are on the port for clients, unless they have a port of their own', async (t) => {
    t.same(await statusesOf(both, [...pages, ...health]), Array(7).fill(200))
    t.same(await statusesOf(apart, pages), Array(4).fill(404))
    t.same(await statusesOf(apart, [...health, '/client.js', '/client.d.ts', '/openapi.yaml']), Array(6).fill(200))
    t.same(await statusesOf(operators, [...pages, ...health]), Array(7).fill(200))
  })

  t.test('the port for operators serves no operation of clients', async (t) => {
    const headers = world.bearer('alice', { scope: 'sessions:read notifications:publish' })
    for (const [method, path] of [
      ['GET', '/notifications?wait=0'],
      ['POST', '/notifications/ack'],
      ['POST', '/tickets'],
      ['GET', '/sessions/alice'],
      ['GET', '/registrations'],
      ['POST', '/callback/x'],
      ['POST', '/internal/relay'],
      ['GET', '/client.js'],
      ['GET', '/client.d.ts'],
    ] as const) {
      t.equal((await fetch(operators.url + path, { method, headers })).status, 404, `${method} ${path}`)
    }
  })

  t.test('the metrics at the port for operators are those of the instance', async (t) => {
    const poll = world.poll(apart, 'alice', 'wait=60')
    await world.holds(apart, 1)
    t.match(await (await fetch(`${operators.url}/metrics`)).text(), /^notifications_held_polls 1$/m)
    await world.send(await world.queueOf(apart, 'alice'), 'alice', 'the end')
    t.equal((await poll).status, 200)
  })

  t.test('an instance without docs serves the contract to nobody, and all else', async (t) => {
    const docs = ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/swagger-ui.css', '/openapi.yaml']
    t.same(await statusesOf(withoutDocs, docs), Array(6).fill(404))
    t.same(await statusesOf(withoutDocs, ['/metrics', '/client.js', ...health]), Array(5).fill(200))
  })
})
