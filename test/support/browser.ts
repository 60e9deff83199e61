import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import type { BrowserContext, Page } from 'playwright-core'
import postgres from 'postgres'
import type { Test } from 'tap'
import { findChromium, launchChromium } from '../../scripts/stack/chromium.ts'
import { lookUpSession, type Session, sqsClient } from '../../scripts/stack/publisher.ts'
import { type Stack, startStack } from '../../scripts/stack/stack.ts'
import { until } from '../../scripts/stack/until.ts'

const program = findChromium()
/** Why tests in a browser cannot run here; false where they can. */
export const skip: string | false =
  program === null && 'no Chromium is installed: none is in PATH nor in /usr/bin (apt-get install chromium)'

/** Lets all pages of a profile share a process, and none be started in advance: each takes a quarter of a second of CPU. */
export const fewProcesses = ['--renderer-process-limit=1']

/** How long anything in the page may take: its machine may be slow. */
const patienceMs = 60_000

export const transports = ['Long poll', 'SSE over fetch', 'EventSource', 'WebSocket'] as const
export type Transport = (typeof transports)[number]
type Owner = Pick<Test, 'teardown'>

/** Errors on the console of a page, and errors that nobody caught. */
export interface Complaints {
  readonly said: string[]
}

/** A browser without any memory, and the local stack with the page, of two instances. */
export async function startBrowserWorld(t: Owner, mode: 1 | 2 = 1) {
  // In mode 2 what is sent right after a move waits until the former instance has stopped to listen for the client.
  const env = { SESSION_LINGER_SECONDS: mode === 2 ? '1' : '30' }
  const stack = await startStack({ dataDir: null, mode, services: 2, page: true, env })
  t.teardown(() => stack.stop())
  const browser = await launchChromium(program ?? '', fewProcesses)
  t.teardown(() => browser.close())
  const urls = stack.services.map(({ url }) => url)
  const session = async (client: string) => {
    const token = await stack.token('shop', { scope: 'sessions:read' })
    return lookUpSession(urls[1] ?? '', client, token)
  }
  const left = mode === 1 ? storedIn(t, stack) : queuedIn(t, stack, session)

  return {
    stack,
    /** The two instances. The first one leads to the page. */
    urls: [urls[0] ?? '', urls[1] ?? ''] as const,

    /** One of its profiles: tabs of the same one share what a browser's tabs share. */
    async profile(t: Owner, options: Parameters<typeof browser.newContext>[0] = {}): Promise<BrowserContext> {
      const context = await browser.newContext(options)
      t.teardown(() => context.close())
      context.setDefaultTimeout(patienceMs)
      return context
    },

    /** The page in a tab of its own. */
    async open(context: BrowserContext): Promise<{ page: Page; complaints: Complaints }> {
      const page = await context.newPage()
      const complaints = complaintsOf(page)
      await page.goto(`${urls[0]}/`)
      return { page, complaints }
    },

    /** How many requests this instance holds. */
    async heldPolls(instance: 0 | 1): Promise<number> {
      const health = (await (await fetch(`${urls[instance]}/health`)).json()) as { heldPolls: number }
      return health.heldPolls
    },

    /** Whether the client is connected, as a publisher asks. */
    isOnline: async (client: string) => (await session(client)).online,

    /** Publishes through the second instance. */
    async publish(addressee: string, body: string): Promise<void> {
      const authorization = `Bearer ${await stack.token('shop', { scope: 'notifications:publish' })}`
      const headers = { authorization, 'content-type': 'application/json' }
      const notification = JSON.stringify({ addressee, subject: 'greeting', body })
      await fetch(`${urls[1]}/notifications`, { method: 'POST', headers, body: notification })
    },

    /** Resolves when the client has acknowledged all that was stored for it, or is in its queue. */
    acknowledged: (client: string) => until(async () => (await left(client)) === 0),
  }
}

export type BrowserWorld = Awaited<ReturnType<typeof startBrowserWorld>>

/** Counts what is stored for a client. */
function storedIn(t: Owner, { env }: Stack) {
  const { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME } = env
  const place = { host: DB_HOST, port: Number(DB_PORT), user: DB_USER, password: DB_PASSWORD, database: DB_NAME }
  const sql = postgres({ ...place, max: 1 } as postgres.Options<Record<string, never>>)
  t.teardown(() => sql.end({ timeout: 1 }))
  return async (client: string): Promise<number> => {
    const rows = await sql`select from pending_notifications where client_id = ${client}`
    return rows.length
  }
}

/** Counts what is in the queue of a client, hidden or not. */
function queuedIn(t: Owner, { urls, region }: Stack, session: (client: string) => Promise<Session>) {
  const sqs = sqsClient(urls.sqs, region)
  t.teardown(() => sqs.destroy())
  return async (client: string): Promise<number> => {
    const { queueUrl } = await session(client)
    const asked = { QueueUrl: queueUrl ?? '', AttributeNames: ['All' as const] }
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand(asked))
    return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  }
}

function complaintsOf(page: Page): Complaints {
  const said: string[] = []
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') said.push(message.text())
  })
  return { said }
}

/** The acts of a person on the page. */
export const act = {
  async signIn(page: Page, client: string, transport: Transport, ttl = '12 hours'): Promise<void> {
    await page.getByLabel('Name').fill(client)
    await page.getByLabel('Token lasts').selectOption(ttl)
    await page.getByRole('radio', { name: transport }).check()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await act.connected(page)
  },

  connected: (page: Page) => page.getByRole('status').filter({ hasText: 'is connected by' }).first().waitFor(),

  /** Gets a callback URL; answers its path, which is the same at each instance. */
  async register(page: Page): Promise<string> {
    await page.getByRole('button', { name: 'Get a URL' }).click()
    await page.getByText('201: registered').waitFor()
    return new URL(await page.getByLabel('URL').inputValue()).pathname
  },

  /** Calls the callback URL with this body, through that instance. */
  async call(page: Page, body: string, through: 'Instance 1' | 'Instance 2'): Promise<void> {
    const form = page.getByRole('region', { name: 'Callback' })
    await form.getByLabel('Body').fill(body)
    await form.getByLabel('Through').selectOption(through)
    await form.getByRole('button', { name: 'Call it' }).click()
  },

  async publish(page: Page, addressee: string, body: string, through: 'Instance 1' | 'Instance 2'): Promise<void> {
    const form = page.getByRole('region', { name: 'Publish' })
    await form.getByLabel('To', { exact: true }).fill(addressee)
    await form.getByLabel('Body').fill(body)
    await form.getByLabel('Through').selectOption(through)
    await form.getByRole('button', { name: 'Send' }).click()
  },

  /** Sends an SQS message in this form. */
  async sendMessage(page: Page, form: string, addressee: string, body: string): Promise<void> {
    const card = page.getByRole('region', { name: 'SQS message' })
    await card.getByLabel('Form').selectOption(form)
    await card.getByLabel('To', { exact: true }).fill(addressee)
    await card.getByLabel('Body').fill(body)
    await card.getByRole('button', { name: 'Send message' }).click()
    await card.getByText('sent, message').waitFor()
  },

  /** Resolves when the list has an item with this body. */
  shows: (page: Page, body: string) => page.locator('#feed pre', { hasText: body }).first().waitFor(),

  /** The bodies in the list, the latest first. */
  bodies: (page: Page): Promise<string[]> => page.locator('#feed pre').allTextContents(),
}
