import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { startOnPort } from '../../scripts/stack/ports.ts'
import { until } from '../../scripts/stack/until.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { startWorld } from '../support/world.ts'

interface Row {
  readonly HOST: string
  /** Before the port. Where the instance says itself how it is reached, this is nothing. */
  readonly INSTANCE_ADDRESS?: string
  /** A client asks here. */
  readonly asked: string
  readonly needsIpv6?: true
}

/** How machines are told to listen and to be reached: Docker and Kubernetes with IPv6, development on one's own machine. */
const rows: Readonly<Record<string, Row>> = {
  'a name (development)': { HOST: 'localhost', asked: '127.0.0.1' },
  'the loopback address of IPv6': { HOST: '::1', asked: '[::1]', needsIpv6: true },
  'an address of IPv6 in full (RFC 4291, 2.2)': { HOST: '0:0:0:0:0:0:0:1', asked: '[::1]', needsIpv6: true },
  'every address of both families (EKS with IPv6)': {
    HOST: '::',
    INSTANCE_ADDRESS: 'http://[::1]',
    asked: '127.0.0.1',
    needsIpv6: true,
  },
  'an address of IPv4 in the form of IPv6': {
    HOST: '::',
    INSTANCE_ADDRESS: 'http://[::ffff:127.0.0.1]',
    asked: '[::1]',
    needsIpv6: true,
  },
  'a name in capitals': { HOST: '127.0.0.1', INSTANCE_ADDRESS: 'HTTP://LOCALHOST', asked: '127.0.0.1' },
}

const unreachable =
  'an instance cannot be reached at its address; look at its INSTANCE_ADDRESS and at the network between them'

const probe = createServer().listen(0, '::1')
const hasIpv6 = await once(probe, 'listening').then(
  () => true,
  () => false,
)
probe.close()

const world = withInstancesHere(await startWorld(t))
const peer = await world.peer(t)

for (const [about, { HOST, INSTANCE_ADDRESS, asked, needsIpv6 }] of Object.entries(rows)) {
  const skip = needsIpv6 && !hasIpv6 ? 'this machine has no IPv6' : false
  t.test(`another instance reaches an instance at ${about}`, { skip }, async (t) => {
    const { service, url } = await startOnPort([], async (port) => {
      const address = INSTANCE_ADDRESS === undefined ? {} : { INSTANCE_ADDRESS: `${INSTANCE_ADDRESS}:${port}` }
      const service = await world.service(t, { HOST, PORT: String(port), ...address })
      return { service, url: `http://${asked}:${port}` }
    })
    const held = world.poll({ url }, about, 'wait=60')
    await until(async () => (await world.session(peer, about)).online)
    const sent = await world.metric(peer, 'relayed_total')
    const published = await world.ask(peer, '/notifications', {
      method: 'POST',
      headers: { ...world.bearer('shop', { scope: 'notifications:publish' }), 'content-type': 'application/json' },
      body: JSON.stringify({ addressee: about, subject: 'greeting', body: 'hello' }),
    })
    t.match(published.json(), { status: 'live' })
    t.match((await held).notifications, [{ body: 'hello' }])
    await until(async () => (await world.metric(peer, 'relayed_total')) > sent)
    for (const { all } of [service, peer]) t.same(all(unreachable), [])
  })
}
