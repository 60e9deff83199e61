import t from 'tap'
import { type Config, readConfig } from '../../src/config.ts'
import { environmentOf, placeIn, placeOf } from '../../src/instances/place.ts'

const required = { COGNITO_JWK_URL: 'https://issuer.example/jwks', SQS_QUEUE_NAME_PREFIX: 'notifications' }

/** Returns the settings of each of three instances of these settings, at the shared port 8080. */
function instancesOf(more: Record<string, string>): Config[] {
  const env = { ...required, INSTANCES: '3', ...more }
  const config = readConfig(env)
  return [1, 2, 3].map((number) => readConfig(environmentOf(env, config, placeOf(config, number), 8080)))
}

t.test('instances share the port, and each has the next admin port', async (t) => {
  const instances = instancesOf({ PORT: '8080', ADMIN_PORT: '9000' })
  t.same(
    instances.map(({ PORT, ADMIN_PORT, INSTANCES }) => [PORT, ADMIN_PORT, INSTANCES]),
    [
      [8080, 9000, 1],
      [8080, 9001, 1],
      [8080, 9002, 1],
    ],
  )
  t.same(
    instancesOf({ ADMIN_PORT: '0' }).map(({ ADMIN_PORT }) => ADMIN_PORT),
    [0, 0, 0],
  )
  t.same(
    instancesOf({ PORT: '0' }).map(({ PORT, ADMIN_PORT }) => [PORT, ADMIN_PORT]),
    Array(3).fill([8080, null]),
    'a port that was found free is given to all',
  )
})

t.test('peers reach each instance at a port of its own, and callers the shared one', async (t) => {
  const addresses = (more: Record<string, string>) =>
    instancesOf(more).map(({ INSTANCE_ADDRESS, PUBLIC_URL }) => [INSTANCE_ADDRESS, PUBLIC_URL])
  t.same(addresses({}), Array(3).fill([null, null]))
  t.same(addresses({ INSTANCE_ADDRESS: 'http://10.0.0.7:31000/' }), [
    ['http://10.0.0.7:31001', 'http://10.0.0.7:31000'],
    ['http://10.0.0.7:31002', 'http://10.0.0.7:31000'],
    ['http://10.0.0.7:31003', 'http://10.0.0.7:31000'],
  ])
  const [first] = addresses({ INSTANCE_ADDRESS: 'https://[2001:db8::7]/one', PUBLIC_URL: 'https://push.example.org' })
  t.same(first, ['https://[2001:db8::7]:444/one', 'https://push.example.org'])
})

t.test('an instance reads its place from its environment, and other processes have none', async (t) => {
  for (const PORT of ['8080', '0']) {
    const config = readConfig({ ...required, PORT })
    const place = placeOf(config, 2)
    t.same(place, { number: 2, ownPort: PORT === '0' ? 0 : 8082 })
    t.same(placeIn(environmentOf({}, config, place, 8080)), place)
  }
  t.equal(placeIn({}), null)
  t.equal(placeIn({ INSTANCE_PLACE: 'anywhere' }), null)
})
