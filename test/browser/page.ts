import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { act, type BrowserWorld } from '../support/browser.ts'

const regions = [
  ...['Client', 'Connection', 'State', 'Wake-up', 'Instances', 'Publish', 'SQS message', 'Callback'],
  ...['Notifications', 'Waiting'],
]

/** A person uses the page with a keyboard, or with a screen reader. */
export function isUsable(t: Test, world: BrowserWorld): void {
  t.test('the page can be used with the keyboard alone', async (t) => {
    const { page } = await world.open(await world.profile(t))
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const isFocused = (name: string) => page.locator(':focus').and(page.getByRole('button', { name })).waitFor()
    await page.getByRole('link', { name: 'Metrics' }).focus()
    await press('Tab', 'Control+A')
    await page.keyboard.type('bob')
    await press('Enter')
    await act.connected(page)
    // Past the line of the first form and its button. The choice of a transport is one stop, in which arrow keys choose.
    await page.getByRole('link', { name: 'Open a second tab' }).focus()
    await press('Tab', 'Tab')
    await isFocused('Copy')
    await press('Tab', 'ArrowDown')
    t.ok(await page.getByRole('radio', { name: 'SSE over fetch' }).isChecked())
    await page.getByText('bob is connected by SSE over fetch').waitFor()
    await page.getByLabel('URL').focus()
    await press('Tab')
    await isFocused('Get a URL')
    await press('Enter')
    await page.getByText('201: registered').waitFor()
    await press('Tab', 'Tab', 'Tab')
    await isFocused('Call it')
    await press('Enter')
    await act.shows(page, '{"pages":12}')
  })

  t.test('every element has a role and a name, and changes are announced', async (t) => {
    const { page } = await world.open(await world.profile(t))
    for (const role of ['banner', 'main', 'navigation'] as const) t.equal(await page.getByRole(role).count(), 1, role)
    for (const name of regions) {
      t.ok(await page.getByRole('region', { name }).isVisible(), name)
    }
    for (const name of ['Transport', 'Held by']) t.ok(await page.getByRole('group', { name }).isVisible(), name)
    t.same(await nameless(page), [])
    for (const name of ['Notifications', 'Dead letters']) {
      t.equal(await page.getByRole('list', { name }).getAttribute('aria-live'), 'polite', name)
    }
    t.equal(await page.getByRole('status').first().textContent(), 'Not signed in')
    t.ok(await page.getByRole('button', { name: 'Get a URL' }).isDisabled())
  })

  t.test('the page can neither load files from other servers nor send them requests', async (t) => {
    const { page, complaints } = await world.open(await world.profile(t))
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'document.title = "injected"'
      document.body.append(script)
    })
    t.equal(await page.title(), 'Notification service')
    const refused = await page.evaluate((url) => fetch(url).then(String, String), world.stack.urls.issuer)
    t.match(refused, 'TypeError')
    t.equal(complaints.said.filter((text) => text.includes('Content Security Policy')).length >= 2, true)
    t.equal(await page.evaluate((url) => fetch(`${url}/health`).then(({ status }) => status), world.urls[1]), 200)
  })

  t.test('a refusal is shown in words, and another client can sign in after signing out', async (t) => {
    const { page } = await world.open(await world.profile(t))
    await act.signIn(page, 'dave', 'Long poll')
    await act.register(page)
    await page.getByLabel('URL').evaluate((field) => {
      ;(field as HTMLInputElement).value = `${location.origin}/callback/unknown`
    })
    await act.call(page, 'to nobody', 'Instance 1')
    await page.getByText('404 ERROR_NOT_FOUND').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Not signed in').waitFor()
    await act.signIn(page, 'erin', 'EventSource')
    for (const name of ['Publish', 'SQS message']) {
      const form = page.getByRole('region', { name })
      t.equal(await form.getByLabel('To', { exact: true }).inputValue(), 'erin', name)
    }
    t.equal(await page.getByLabel('URL').inputValue(), '')
  })
}

/** A person reads the page in these colours, on a phone. */
export function isReadable(t: Test, world: BrowserWorld, colorScheme: 'light' | 'dark'): void {
  t.test(`all text can be read in ${colorScheme} colours, and nothing moves with reduced motion`, async (t) => {
    const profile = await world.profile(t, {
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 360, height: 780 },
    })
    const { page } = await world.open(profile)
    await act.signIn(page, `reader in the ${colorScheme}`, 'WebSocket')
    await act.publish(page, `reader in the ${colorScheme}`, 'hello', 'Instance 1')
    await act.shows(page, 'hello')
    await act.sendMessage(page, 'Text without attributes', 'nobody', 'a dead letter')
    await page.getByRole('list', { name: 'Dead letters' }).getByText('a dead letter').first().waitFor()
    t.same(await faint(page), [])
    t.equal(await page.evaluate(() => document.getAnimations().length), 0)
    t.same(await tooWide(page), [], 'nothing has to be scrolled sideways on a phone')
    const top = async (name: string) => (await page.getByRole('region', { name }).boundingBox())?.y ?? 0
    for (const form of ['Client', 'Connection', 'Publish', 'SQS message', 'Callback']) {
      t.ok((await top('Notifications')) < (await top(form)), `the notifications stand above ${form}`)
    }
  })
}

/** Returns the elements that can be focused or hold a value, and have no name for a screen reader. */
async function nameless(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const { nodes } = await session.send('Accessibility.getFullAXTree')
  const operable = new Set(['button', 'link', 'textbox', 'radio', 'combobox', 'img', 'group'])
  return nodes
    .filter(({ ignored, role, name }) => !ignored && operable.has(role?.value) && !name?.value)
    .map(({ role }) => role?.value)
}

/** Returns the elements whose content is wider than they are, or that are wider than the window. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('body *')]
      .filter((element) => {
        const scrolls = element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX !== 'visible'
        return scrolls || element.getBoundingClientRect().right > innerWidth
      })
      // A field for one line of text scrolls with its cursor.
      .filter((element) => !element.matches('input'))
      .map((element) => element.outerHTML.slice(0, 100)),
  )
}

/** Returns the texts with less contrast than WCAG 2.2 requires (1.4.3): 4.5 to 1. Disabled elements do not count. */
function faint(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const rgb = (color: string) => {
      if (canvas === null) return [0, 0, 0]
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = color
      canvas.fillRect(0, 0, 1, 1)
      return [...canvas.getImageData(0, 0, 1, 1).data]
    }
    const luminance = (color: string) => {
      const [r = 0, g = 0, b = 0] = rgb(color).map((c) => (c <= 10 ? c / 3294 : ((c / 255 + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = (element: Element | null): string => {
      if (element === null) return 'white'
      const { backgroundColor } = getComputedStyle(element)
      return rgb(backgroundColor)[3] === 255 ? backgroundColor : ground(element.parentElement)
    }
    return [...document.querySelectorAll('body *')]
      .filter((element) => !element.matches(':disabled') && element.checkVisibility())
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()))
      .flatMap((element) => {
        const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))]
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
        return contrast < 4.5 ? [`${contrast.toFixed(2)} ${element.textContent?.trim()}`] : []
      })
  })
}
