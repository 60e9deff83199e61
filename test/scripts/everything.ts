/** A test that starts one of each thing that tests start, says so on the standard error output, and never ends. */
import t from 'tap'
import { findChromium, launchChromium } from '../../scripts/stack/chromium.ts'
import { nginxIsMissing, startNginx } from '../support/nginx.ts'
import { startSqsProcess } from '../support/sqs.ts'
import { startWorldToStop } from '../support/world.ts'

t.test('everything', { timeout: 120_000 }, async (t) => {
  const [world] = await Promise.all([startWorldToStop(t), startSqsProcess(t)])
  const service = await world.service(t)
  // The documented file has two instances.
  if (nginxIsMissing === false) await startNginx(t, [service, service])
  const chromium = findChromium()
  if (chromium !== null) {
    const browser = await launchChromium(chromium)
    t.teardown(() => browser.close())
  }
  // A stopped process does not end by itself when its parent does.
  world.postgres.pause()
  service.signal('SIGSTOP')
  process.stderr.write('all is up\n')
  await new Promise((resolve) => setTimeout(resolve, 100_000))
})
