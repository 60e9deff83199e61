import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryModeHere } from '../support/modes.ts'
import { tasks } from '../support/tasks.ts'
import { bodiesOf } from '../support/world.ts'

const timeIn = (ms: number) => new Date(Date.now() + ms).toISOString()

inEveryModeHere(t, async (t, world) => {
  const { callbackPath, callBack, publish, register } = tasks(world)
  const { sqs } = world
  const intake = await sqs.createQueue('intake')
  const settings = { SQS_INTAKE_QUEUE_URL: intake.url, ...(await world.apart()) }
  const service = await world.peer(t, settings)
  const expired = (source: string) => world.metric(service, `expired_total{source="${source}",set_by="sender"}`)

  /** Each way in, by which a notification with this expiry is sent. */
  const ways: Record<string, (addressee: string, body: string, expiresAt: string) => Promise<unknown>> = {
    'a message of the intake queue': (addressee, body, expiresAt) =>
      world.send(intake.url, addressee, body, { 'expires-at': expiresAt }),
    'a message without attributes': (addressee, body, expiresAt) =>
      sqs.send(intake.url, JSON.stringify({ addressee, body, expiresAt }), {}),
    'a publication': (addressee, body, expiresAt) => publish(service, { addressee, body, expiresAt }),
  }

  for (const [i, [way, send]] of Object.entries(ways).entries()) {
    t.test(`${way} is handed over before it expires, says when that is, and is not handed over later`, async (t) => {
      const clientId = `client-${i}`
      const late = timeIn(1_000)
      await send(clientId, 'late', late)
      await send(clientId, 'early', '2036-01-01T00:00:00.000Z')
      await until(async () => (await sqs.count(intake.url)).all === 0)
      await until(() => Date.now() > Date.parse(late))
      const got = await world.next(service, clientId)
      t.same(bodiesOf(got), ['early'])
      const { expiresAt } = got.notifications[0] as { readonly expiresAt?: string }
      t.match(expiresAt, /^20\d\d-\d\d-\d\dT[\d:.]+Z$/)
    })
  }

  t.test('a callback expires after as many seconds as its registration says', async (t) => {
    const [late, early, never] = await Promise.all(
      [1, 600, null].map((seconds) => callbackPath(service, 'callee', { notificationTtlSeconds: seconds })),
    )
    const { id } = await callBack(service, late ?? '', 'late')
    const accepted = Date.now()
    t.type(id, 'string')
    await callBack(service, early ?? '', 'early')
    await callBack(service, never ?? '', 'never')
    await until(() => Date.now() > accepted + 1_000)
    const got: { readonly body: string; readonly expiresAt?: string }[] = []
    while (got.length < 2) {
      const { notifications, cursor } = await world.next(service, 'callee', 'wait=20&ack=next')
      got.push(...notifications)
      await world.acknowledge(service, 'callee', { cursor })
    }
    const expiries = Object.fromEntries(got.map(({ body, expiresAt }) => [body, expiresAt ?? 'never']))
    t.match(expiries, { early: /Z$/, never: 'never' })
    const { expiresAt = '' } = got.find(({ body }) => body === 'early') ?? {}
    t.ok(Math.abs(Date.parse(expiresAt) - accepted - 600_000) < 60_000, expiresAt)
  })

  t.test('a registration whose notifications would wait for longer than any may is refused', async (t) => {
    for (const notificationTtlSeconds of [0, -1, 1.5, '5', 604_801]) {
      t.equal((await register(service, 'callee', { notificationTtlSeconds })).status, 400, `${notificationTtlSeconds}`)
    }
  })

  t.test('a notification that has expired when it arrives is deleted, counted and not kept', async (t) => {
    const before = await expired('intake-queue')
    await world.send(intake.url, 'nobody', 'late', { 'expires-at': '2020-01-01T00:00:00Z' })
    await world.send(intake.url, 'nobody', 'late', { 'expires-at': '2020-01-01T00:00:00+01:00' })
    await until(async () => (await sqs.count(intake.url)).all === 0)
    t.equal((await expired('intake-queue')) - before, 2)
  })

  t.test('a notification that has expired goes to the dead-letter queue if the settings say so', async (t) => {
    const other = await sqs.createQueue('intake-kept')
    const more = { SQS_INTAKE_QUEUE_URL: other.url, DEAD_LETTER_EXPIRED: 'true' }
    await world.peer(t, { ...settings, ...more })
    const expiry = { 'expires-at': '2020-01-01T00:00:00.000Z' }
    await world.send(other.url, 'nobody', 'kept', { id: 'kept', ...expiry })
    await until(async () => (await sqs.count(other.url)).all === 0)
    const [letter] = await sqs.receive(world.deadLetters.url)
    t.equal(letter?.Body, 'kept')
    t.match(letter?.MessageAttributes, {
      id: { StringValue: 'kept' },
      'expires-at': { StringValue: expiry['expires-at'] },
    })
  })

  t.test('a message whose expiry cannot be understood is invalid', async (t) => {
    const before = await world.metric(service, 'invalid_total')
    await world.send(intake.url, 'nobody', 'when?', { 'expires-at': 'tomorrow' })
    await until(async () => (await world.metric(service, 'invalid_total')) > before)
    t.equal((await world.metric(service, 'invalid_total')) - before, 1)
  })
})
