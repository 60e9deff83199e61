import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { startClientQueueWorld } from '../support/client-queue-world.ts'
import { withInstancesHere } from '../support/service-here.ts'
import { attack } from './attacked-instance.ts'

const world = withInstancesHere(await startClientQueueWorld(t))
const service = await world.service(t)

/** Steps out of a folder and ends of a text, plain, encoded, encoded twice, overlong and not decodable. */
const tricks = [
  '..',
  '%2e%2e',
  '.%2e',
  '%252e%252e',
  '%c0%ae%c0%ae',
  '%e0%80%ae',
  '%uff0e%uff0e',
  '%00',
  'x%00.js',
  '%0a',
  '%0d%0aX: y',
  '%zz',
  '%',
  '%2',
  '%ff',
  '..%2f..%2fpackage.json',
  '..%5c..%5cpackage.json',
  '....//package.json',
  ';/package.json',
  'swagger-ui.css%00.js',
  'swagger-ui.css/..',
  '__proto__',
  'constructor',
  'x'.repeat(5_000),
]
const folders = ['/docs/static/', '/docs/', '/', '/client.js/', '/metrics/', '/openapi.yaml/', '/health/', '/internal/']

t.test('a path that leads out of its folder, or is no text, is an unknown path', async (t) => {
  for (const folder of folders) {
    for (const trick of tricks) {
      for (const path of [folder + trick, `${folder}${trick}/`, `${folder}${trick}/package.json`]) {
        const { received, socket } = await attack(
          t,
          service,
          `GET ${path.replaceAll(' ', '%20')} HTTP/1.1\r\nHost: service\r\n\r\n`,
        )
        await until(() => received().includes('\r\n\r\n'))
        socket.destroy()
        const status = Number(/^HTTP\/1\.1 (\d+)/.exec(received())?.[1])
        t.ok(status === 404 || status === 400, `${path.slice(0, 60)}: ${status}`)
        t.match(received(), /x-content-type-options: nosniff\r\n/)
      }
    }
  }
  t.same(service.warnings, [], 'and nothing of it is a fault of the service')
})
