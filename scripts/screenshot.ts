/**
 * `node scripts/screenshot.ts [FILE]`: takes the README's picture of the page of `npm run dev`, with a few
 * notifications.
 */
import { join } from 'node:path'
import { findChromium, launchChromium } from './stack/chromium.ts'
import { projectFolder } from './stack/project.ts'
import { startStack } from './stack/stack.ts'

const size = { width: 1280, height: 800 }
const [file = join(projectFolder, 'docs', 'page.png')] = process.argv.slice(2)
const program = findChromium()
if (program === null) throw new Error('there is no Chromium on this machine')

await using stack = await startStack({ dataDir: null, services: 2, page: true, ports: { services: [8_080, 8_081] } })
await using browser = await launchChromium(program)
const page = await browser.newPage({ viewport: size, reducedMotion: 'reduce', colorScheme: 'light', locale: 'en-GB' })
await page.goto(`${stack.urls.service}/`)
await page.getByRole('button', { name: 'Sign in' }).click()
await page.getByText('alice is connected').waitFor()
// Warms up, so that the picture shows the times of later deliveries: the first ones are slow.
for (let i = 1; i <= 20; i++) {
  await page.getByRole('button', { name: 'Send' }).click()
  await page.locator(`#feed li:nth-child(${i})`).waitFor()
}
await page.getByRole('button', { name: 'Clear' }).click()
for (const [subject, body] of [
  ['invoice.paid', '{"invoice":"2026-117","amount":"49.00 EUR"}'],
  ['order.shipped', '{"order":42,"carrier":"by bicycle"}'],
] as const) {
  await page.getByLabel('Subject').fill(subject)
  await page.getByRole('region', { name: 'Publish' }).getByLabel('Body').fill(body)
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('listitem').filter({ hasText: subject }).waitFor()
}
await page.getByRole('button', { name: 'Get a URL' }).click()
await page.getByRole('button', { name: 'Call it' }).click()
await page.getByRole('listitem').filter({ hasText: 'report.done' }).waitFor()
await page.screenshot({ path: file })
console.log(file)
