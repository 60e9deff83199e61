/** A test that starts one of each thing that tests start, says so on the standard error output, and never ends. */
import t from 'tap'
import { findChromium, launchChromium } from '../../scripts/stack/chromium.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { startPostgres } from '../support/postgres.ts'
import { startSqsProcess } from '../support/sqs.ts'
import { startWorldToStop } from '../support/world.ts'

t.test('everything', { timeout: 120_000 }, async (t) => {
  const [world, paused] = await Promise.all([startWorldToStop(t), startPostgres(t), startSqsProcess(t)])
  const services = await Promise.all([1, 2].map(() => world.service(t)))
  if (nginxIsMissing === false) await startNginx(t, services)
  const chromium = findChromium()
  if (chromium !== null) {
    const browser = await launchChromium(chromium)
    t.teardown(() => browser.close())
  }
  // A stopped process does not end by itself when its parent does.
  paused.pause()
  for (const service of services) service.signal('SIGSTOP')
  process.stderr.write('all is up\n')
  await new Promise((resolve) => setTimeout(resolve, 100_000))
})
