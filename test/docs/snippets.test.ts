import t from 'tap'
import { notificationId, scriptedService } from './scripted-service.ts'
import { type Play, playScript, playShell } from './snippet-play.ts'
import { html, json, refusal, type Trouble } from './troubles.ts'

/** How long a trouble that goes on is watched. */
const watchedMs = 4_000
/** The time that `Retry-After` says here. */
const retryAfterMs = 2_000

/** A snippet that goes on asking, or tries again by itself. */
interface Snippet {
  readonly name: string
  /** The requests that meet with trouble, each as method and path. */
  readonly doors: readonly string[]
  /** Whether the snippet can read the headers of a refusal there: an `EventSource` and a `WebSocket` cannot. */
  readonly reads: (door: string) => boolean
  readonly play: Play
  /** Written once for each success. */
  readonly success: string
  /** Goes on whatever may pass, a second refused token included; else it ends, and says why. */
  readonly goesOn: boolean
  /** Says in each poll how long it waits. */
  readonly saysWait?: boolean
  /** The most requests while a trouble is watched. */
  readonly maxRequests: number
}

const always = () => true
const poll = {
  doors: ['GET /notifications'],
  reads: always,
  success: notificationId,
  goesOn: true,
  saysWait: true,
  maxRequests: 12,
}
const stream = {
  doors: ['POST /tickets', 'GET /notifications'],
  reads: (door: string) => door === 'POST /tickets',
  success: notificationId,
  goesOn: true,
  // Its pauses are random, and a busy machine watches for longer; one without pauses would come hundreds of times.
  maxRequests: 10,
}
const sender = { reads: always, success: notificationId, goesOn: false, maxRequests: 4 }

const snippets: readonly Snippet[] = [
  {
    ...poll,
    name: 'the loop in a shell',
    play: playShell('clients.md', 'while true'),
    // One more than for other troubles: a new token is tried at once.
    maxRequests: 5,
  },
  { ...poll, name: 'the loop of the README', play: playScript('README.md', ['for await']) },
  { ...poll, name: 'the loop over the client library', play: playScript('clients.md', ['for await']) },
  {
    ...poll,
    name: 'the listener of the client library',
    play: playScript(
      'clients.md',
      ['new Notifications('],
      "const { Notifications } = await import('notification-service/client')",
    ),
  },
  {
    ...stream,
    name: 'the EventSource',
    play: playScript('clients.md', ['function stayConnected', 'new EventSource(']),
  },
  { ...stream, name: 'the WebSocket', play: playScript('clients.md', ['function stayConnected', 'new WebSocket(']) },
  {
    ...sender,
    name: "the README's publication by curl",
    doors: ['POST /notifications'],
    play: playShell('README.md', '"id":"order-42"'),
  },
  {
    ...sender,
    name: 'the publication by curl',
    doors: ['POST /notifications'],
    play: playShell('sending.md', '"id":"order-42"'),
  },
  {
    ...sender,
    name: 'the callback by curl',
    doors: ['POST /callback/secret'],
    play: playShell('sending.md', '"$CALLBACK"'),
  },
  {
    ...sender,
    name: 'the publisher module',
    doors: ['GET /sessions/alice'],
    play: playScript('sending.md', ['createPublisher('], 'const serviceUrl = url', 'console.log(status)'),
    success: 'offline',
    // Then it gives up, and says so.
    maxRequests: 6,
  },
]

const after2s = { 'retry-after': '2' }

/** Answers that say when to come again, and after which all is well. */
const passing: Readonly<Record<string, Trouble>> = {
  '429': refusal(429, 'ERROR_TOO_MANY_REQUESTS', after2s),
  '503': refusal(503, 'ERROR_DRAINING', after2s),
  '503 of a balancer': html(503, after2s),
}

/** Troubles that go on while the snippet is watched. */
const lasting: Readonly<Record<string, Trouble>> = {
  'a restart, in which connections are reset': 'reset',
  '502 of a balancer': html(502),
  '503 with a date as Retry-After': html(503, { 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' }),
  '404 of an ingress': html(404),
  'a page with the status 200': html(200),
  '403 in the JSON of another server': json(403, { error: 'forbidden', message: 'No' }),
  'a redirect to a page': html(302, { location: '/login' }),
  '204 at once': { status: 204 },
}

const badToken = refusal(401, 'ERROR_TOKEN_EXPIRED')

t.jobs = 4

for (const { name, doors, reads, play, success, goesOn, saysWait = false, maxRequests } of snippets) {
  for (const door of doors) {
    t.test(`${name} is patient when there is trouble at ${door}`, { buffered: true }, async (t) => {
      const once = (trouble: Trouble) => scriptedService(t, door, (before) => (before === 0 ? trouble : null))
      const forEver = (trouble: Trouble) => scriptedService(t, door, () => trouble)
      const served = async (troubles: Readonly<Record<string, Trouble>>, serve: typeof once) =>
        Promise.all(Object.entries(troubles).map(async ([what, trouble]) => ({ what, service: await serve(trouble) })))
      const services = { passing: await served(passing, once), lasting: await served(lasting, forEver) }
      const refused = await forEver(badToken)
      const urls = [...services.passing, ...services.lasting].map(({ service }) => service.url)
      const scene = play(t, [...urls, refused.url])
      const over = new Set<string>()
      for (const url of [...urls, refused.url]) void scene(url).ended.then(() => over.add(url))

      const passed = services.passing.map(async ({ what, service }) => {
        const { written } = scene(service.url)
        await written.includes(success)
        const [first, second] = service.atDoor()
        if (saysWait) t.ok(Number(first?.query.get('wait')) > 20, `${what}: says how long it waits`)
        const pausedMs = (second?.at ?? 0) - (first?.at ?? 0)
        // A timer may be a little early.
        t.ok(
          pausedMs > (reads(door) ? retryAfterMs : 1_000) - 50,
          `${what}: comes again after ${Math.round(pausedMs)} ms`,
        )
        t.equal(written.stdout.split(success).length, 2, `${what}: one success is told`)
        t.notMatch(written.stdout, /ERROR_|<html/, `${what}: the refusal is not told as one`)
      })
      const watched = services.lasting.map(async ({ what, service }) => {
        await service.has(() => service.atDoor().length > 0)
        await new Promise((resolve) => setTimeout(resolve, watchedMs))
        const { length } = service.atDoor()
        t.ok(length <= maxRequests, `${what}: ${length} requests`)
        if (goesOn) t.notOk(over.has(service.url), `${what}: goes on`)
        const { stdout } = scene(service.url).written
        t.notMatch(stdout, success, `${what}: no success is told`)
        // A page that curl prints for a person to read is not taken for a notification.
        if (!name.includes('by curl')) t.equal(stdout, '', `${what}: nothing is told`)
      })
      const ended = async () => {
        const { written, ended } = scene(refused.url)
        if (!goesOn) {
          await ended
          t.match(written.stderr, /401|ERROR_TOKEN_EXPIRED/, 'the refused token is told')
          t.ok(refused.atDoor().length <= 2, `401: ${refused.atDoor().length} requests`)
        } else {
          await refused.has(() => refused.atDoor().length > 2)
          t.notOk(over.has(refused.url), '401: goes on after the second')
          await new Promise((resolve) => setTimeout(resolve, watchedMs))
          t.ok(refused.atDoor().length <= maxRequests, `401: ${refused.atDoor().length} requests`)
        }
        t.equal(written.stdout, '', '401: nothing is told as a notification')
      }
      await Promise.all([...passed, ...watched, ended()])
    })
  }
}
