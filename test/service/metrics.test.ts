import { readFile } from 'node:fs/promises'
import t from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { inEveryModeHere } from '../support/modes.ts'

const page = await readFile(new URL('../../docs/operations/metrics.md', import.meta.url), 'utf8')
/** The rows of the page: the name of a metric, its type, its labels, and its meaning. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `notifications_'))
  .map((line) => {
    const [name = '', type = '', labels = '', meaning = ''] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
    return {
      name: name.replaceAll('`', ''),
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
      mode: Number(/\(mode (\d)\)/.exec(meaning)?.[1] ?? Number.NaN),
    }
  })

/** The metrics of a response: each name with its type, and the labels of its samples. */
function read(text: string) {
  const types = new Map(
    [...text.matchAll(/^# TYPE (notifications_\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]),
  )
  const samples = [...text.matchAll(/^(notifications_\w+)(?:\{(.*)\})? (\S+)$/gm)].map(
    ([, name = '', labels = '', value]) => ({
      name,
      labels: Object.fromEntries(
        [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]),
      ),
      value: Number(value),
    }),
  )
  return { types, samples }
}

inEveryModeHere(t, async (t, world) => {
  const service = await world.service(t)
  const { mode } = (await world.ask(service, '/health')).json<{ mode: number }>()
  const metrics = async () => read((await world.ask(service, '/metrics')).text)
  /** The value of the sample with these labels. */
  const sampleOf = async (name: string, labels: Readonly<Record<string, string>>) => {
    const { samples } = await metrics()
    return samples
      .filter((sample) => sample.name === `notifications_${name}`)
      .filter(({ labels: own }) => Object.entries(labels).every(([key, text]) => own[key] === text))
      .reduce((sum, { value }) => sum + value, 0)
  }

  t.test('the page of metrics lists each metric of the instance, with its type and its labels', async (t) => {
    await world.poll(service, 'alice', 'wait=0')
    const { types, samples } = await metrics()
    const listed = rows.filter((row) => Number.isNaN(row.mode) || row.mode === mode || types.has(row.name))
    t.same([...types.keys()].sort(), listed.map(({ name }) => name).sort())
    for (const { name, type, labels } of rows) {
      if (types.has(name)) t.equal(type, types.get(name), name)
      const ofOwn = samples.filter(
        (sample) => sample.name.replace(/_(bucket|sum|count)$/, '') === name || sample.name === name,
      )
      for (const sample of ofOwn) {
        t.same(
          Object.keys(sample.labels)
            .filter((label) => label !== 'le')
            .sort(),
          [...labels].sort(),
          name,
        )
      }
    }
  })

  t.test('a notification is counted on its whole way, by its source and the transport of its client', async (t) => {
    const kind = mode === 1 ? 'instance-queue' : 'client-queue'
    // A sender finds a new client a moment before its poll takes anything; then the client counts as away.
    await world.poll(service, 'bob', 'wait=0')
    const poll = world.poll(service, 'bob', 'wait=60&ack=next')
    await world.holds(service, 1)
    await world.publish(service, 'bob', 'hello')
    const { cursor } = await poll
    await world.acknowledge(service, 'bob', { cursor })
    await until(async () => (await sampleOf('lease_ends_total', { source: kind, end: 'acknowledged' })) === 1)
    for (const [name, labels, value] of [
      ['accepted_total', { source: kind }, 1],
      ['leases_total', { source: kind }, 1],
      ['handed_over_total', { source: kind }, 1],
      ['polls_ended_total', { transport: 'long-poll', end: 'answered' }, 1],
      ['sent_to_written_seconds_count', { client: 'waiting' }, 1],
      ['sent_to_written_seconds_count', { client: 'away' }, 0],
      ['written_to_acknowledged_seconds_count', {}, 1],
    ] as const) {
      t.equal(await sampleOf(name, labels), value, name)
    }
    // A request is counted when its response is out, a moment after its client has it.
    const request = { operation: 'acknowledgeNotifications', method: 'POST', status: '200' }
    await until(async () => (await sampleOf('http_requests_total', request)) === 1)
  })

  t.test('streams are counted by their transport', async (t) => {
    const events = await world.events(t, service, 'carol')
    const frames = await world.frames(t, service, 'carol')
    for (const transport of ['event-stream', 'web-socket']) {
      t.equal(await sampleOf('polls_held_total', { transport }), 1, transport)
    }
    events.hangUp()
    frames.socket.terminate()
    for (const transport of ['event-stream', 'web-socket']) {
      await until(async () => (await sampleOf('polls_ended_total', { transport, end: 'hung-up' })) === 1)
    }
    await until(async () => (await sampleOf('http_requests_total', { status: '101' })) === 1)
  })

  t.test('refused requests are counted by the code of the error', async (t) => {
    const before = await sampleOf('http_refusals_total', { code: 'ERROR_INVALID_JWT' })
    await world.ask(service, '/notifications')
    await until(async () => (await sampleOf('http_refusals_total', { code: 'ERROR_INVALID_JWT' })) === before + 1)
    t.equal(await sampleOf('http_requests_total', { operation: 'awaitNotifications', status: '401' }), 1)
  })

  /** Statements and calls to SQS are counted from their first time on, and for some of them that comes with the clock. */
  const isByRequests = ({ name, labels }: { name: string; labels: Readonly<Record<string, string>> }) =>
    !name.startsWith('notifications_sqs_call') && labels.statement === undefined

  t.test('the number of time series does not depend on paths, methods, statuses and clients', async (t) => {
    const invent = async (round: number) => {
      for (let i = 0; i < 20; i++) {
        const name = `invented-${round}-${i}`
        await fetch(`${service.url}/${name}`).then((response) => response.text())
        await fetch(`${service.url}/callback/${name}`, { method: 'POST', body: 'x' }).then((response) =>
          response.text(),
        )
        await fetch(`${service.url}/health?${name}`).then((response) => response.text())
        await world.poll(service, name, 'wait=0')
        await fetch(`${service.url}/notifications`, { method: 'PROPFIND' }).then((response) => response.text())
        const connection = await world.connect(t, service)
        connection.write(`INVENT${round}X${i} / HTTP/1.1\r\nHost: x\r\n\r\n`)
        await connection.closed
      }
      await world.ask(service, '/metrics')
      return (await metrics()).samples
    }
    const [first, second] = [await invent(1), await invent(2)]
    t.equal(second.filter(isByRequests).length, first.filter(isByRequests).length)
    t.notMatch(JSON.stringify(second.map(({ labels }) => labels)), /invented|INVENT|PROPFIND|alice/)
    t.ok((await sampleOf('http_requests_total', { operation: 'unknown' })) >= 40)
    t.ok(second.length < 1_000, `${second.length} time series`)
  })
})
