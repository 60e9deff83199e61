/**
 * `node scripts/screenshot.ts [FILE]`: takes the README's picture of the page of `npm run dev`, with a few
 * notifications.
 */
import { join } from 'node:path'
import { exitCodes, runCommand } from '../src/command-line.ts'
import { findChromium, launchChromium } from './stack/chromium.ts'
import { projectFolder } from './stack/project.ts'
import { startStack } from './stack/stack.ts'

const size = { width: 1280, height: 800 }

process.exitCode = await runCommand(
  {
    name: 'node scripts/screenshot.ts',
    about: "Takes the README's picture of the page of npm run dev.",
    operands: [{ name: 'FILE', about: 'where it is written; docs/page.png when absent', isOptional: true }],
  },
  ({ operands: [file = join(projectFolder, 'docs', 'page.png')] }) => file,
  takePicture,
)

async function takePicture(file: string): Promise<number> {
  const program = findChromium()
  if (program === null) throw new Error('there is no Chromium on this machine')

  await using stack = await startStack({
    dataDir: null,
    services: 2,
    page: true,
    ports: { services: [8_080, 8_081], page: 8_090 },
  })
  await using browser = await launchChromium(program)
  const page = await browser.newPage({ viewport: size, reducedMotion: 'reduce', colorScheme: 'light', locale: 'en-GB' })
  await page.goto(`${stack.urls.service}/`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('alice is connected').waitFor()
  const publish = page.getByRole('region', { name: 'Publish' })
  // Warms up, so that the picture shows the times of later deliveries: the first ones are slow.
  for (let i = 1; i <= 20; i++) {
    await publish.getByRole('button', { name: 'Send' }).click()
    await page.locator(`#feed li:nth-child(${i})`).waitFor()
  }
  await page.getByRole('button', { name: 'Clear' }).click()
  for (const [subject, body] of [
    ['invoice.paid', '{"invoice":"2026-117","amount":"49.00 EUR"}'],
    ['order.shipped', '{"order":42,"carrier":"by bicycle"}'],
  ] as const) {
    await publish.getByLabel('Subject').fill(subject)
    await publish.getByLabel('Body').fill(body)
    await publish.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('listitem').filter({ hasText: subject }).waitFor()
  }
  const message = page.getByRole('region', { name: 'SQS message' })
  await message.getByLabel('Form').selectOption('CloudEvent')
  await message.getByLabel('Subject').fill('parcel.delivered')
  await message.getByRole('button', { name: 'Send message' }).click()
  await page.getByRole('listitem').filter({ hasText: 'parcel.delivered' }).waitFor()
  await message.getByLabel('Form').selectOption('Text without attributes')
  await message.getByLabel('Body').fill('to whom?')
  await message.getByRole('button', { name: 'Send message' }).click()
  await page.getByRole('list', { name: 'Dead letters' }).getByText('to whom?').waitFor()
  await message.getByLabel('Form').selectOption('CloudEvent')
  await message.getByLabel('Body').fill('{"order":43}')
  await page.getByRole('button', { name: 'Get a URL' }).click()
  await page.getByRole('button', { name: 'Call it' }).click()
  await page.getByRole('listitem').filter({ hasText: 'report.done' }).waitFor()
  await page.screenshot({ path: file, fullPage: true })
  console.log(file)
  return exitCodes.ok
}
