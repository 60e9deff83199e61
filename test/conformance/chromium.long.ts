import { chromium } from 'playwright-core'
import t from 'tap'
import { chromiumArguments, findChromium } from '../../scripts/stack/chromium.ts'
import { quickestCases } from './cases/quickest.ts'
import { playClient } from './play-client.ts'

const program = findChromium()
const skip = program === null && 'no Chromium is installed: none is in PATH nor in /usr/bin (apt-get install chromium)'

// Three times as long as a busy machine takes.
t.setTimeout(480_000)

t.test(
  'the JavaScript client meets every requirement in Chromium, with polls and with streams',
  { skip },
  async (t) => {
    // The stand-in for the service allows no origin: a page of another origin may read its responses all the same.
    const args = [...chromiumArguments, '--disable-web-security']
    const server = await chromium.launchServer({ executablePath: program ?? '', args })
    t.teardown(() => server.close())
    const command = `"${process.execPath}" test/conformance/drivers/chromium.ts "${server.wsEndpoint()}"`
    await playClient(t, { cases: quickestCases(), command })
  },
)
