import type { Case } from '../case.ts'
import { expect } from '../case.ts'
import type { Requirement } from '../requirement.ts'
import { notification, type SentNotification } from '../service/notification.ts'
import type { Step } from '../service/stand-in-service.ts'
import { delivered, survives } from './delivering.ts'

const json = { 'content-type': 'application/json' }
const members = [
  'id',
  'addressee',
  'subject',
  'body',
  'encoding',
  'contentType',
  'sentAt',
  'deliveryCount',
  'correlationId',
  'expiresAt',
] as const

/** A case about one notification, which the application must get as it was sent. */
function carries(name: string, requires: readonly Requirement[], sent: SentNotification, first?: Step): Case {
  return {
    name,
    requires,
    play: async (world) => {
      if (first) world.service.steps.push(first)
      world.service.publish(sent)
      world.client.start()
      await delivered(world, sent.id)
      const got = world.client.handed[0]
      for (const member of members) {
        const [is, was] = [got?.[member], sent[member]].map((value) =>
          String(JSON.stringify(value ?? null)).slice(0, 80),
        )
        expect(got?.[member] === sent[member] || is === was, `${requires[0]}: ${member} was ${was} and came as ${is}`)
      }
    },
  }
}

/** Answers with the text that is made of the members of an honest response. */
const written =
  (write: (members: ReturnType<Parameters<Step>[1]['handOver']>) => string): Step =>
  (exchange, service) =>
    exchange.answer({ headers: json, body: write(service.handOver(exchange)) })

const strange =
  'quote " backslash \\ slash / tab \t line\nfeed\r nul \u0000 é ü 漢字 emoji 😀 line separator \u2028 end'
const misleading = JSON.stringify({
  notifications: [{ id: 'fake', body: '}]}' }],
  cursor: 'fake-cursor',
  text: '"cursor":"fake","id":"fake" { [ \\" ] }',
})

export const bodyCases: readonly Case[] = [
  carries(
    'a body comes as it was sent, whatever characters it has',
    ['P-BODY-1'],
    notification('n-1', { body: strange }),
  ),
  carries(
    'a body comes as it was sent when the service escapes all that is not ASCII',
    ['P-BODY-1'],
    notification('n-1', { body: strange, subject: 'größer 😀' }),
    written((members) =>
      JSON.stringify(members).replace(
        /[\u007f-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    ),
  ),
  carries('a body that looks like a response misleads nobody', ['P-BODY-1'], notification('n-1', { body: misleading })),
  carries('an empty body comes as it was sent', ['P-BODY-1'], notification('n-1', { body: '', contentType: null })),
  carries(
    'a body of bytes comes with its encoding',
    ['P-BODY-1'],
    notification('n-1', {
      body: 'iVBORw0KGgo=',
      encoding: 'base64',
      contentType: 'image/png',
      correlationId: 'job-17',
    }),
  ),
  carries(
    'the time at which a notification expires comes with it, and so does its delivery count',
    ['P-BODY-1'],
    notification('n-1', { expiresAt: '2036-11-21T21:15:03.120Z', deliveryCount: 12 }),
  ),
  carries(
    'an id of any form is an id',
    ['P-BODY-1'],
    notification(`sender/42 "é" \\ %2F ${'x'.repeat(400)}`, { subject: 'a "b" \\ c' }),
  ),
  carries('a body of 900 KiB comes whole', ['P-BODY-4'], notification('n-1', { body: 'x".é'.repeat(180_000) })),
  {
    name: 'a response of 100 notifications and 1 MiB comes whole',
    requires: ['P-BODY-4'],
    play: async (world) => {
      const ids = Array.from({ length: 100 }, (_, index) => `n-${index}`)
      world.service.publish(...ids.map((id) => notification(id, { body: `${id} `.repeat(2_000) })))
      world.service.steps.push((exchange, service) => {
        exchange.query.set('limit', '100')
        return service.serve(exchange)
      })
      world.client.start()
      await delivered(world, ...ids)
    },
  },
  survives('unknown members are ignored, at every level', ['P-BODY-2'], {
    as: 'answers',
    steps: [
      written(({ notifications, cursor, more }) =>
        JSON.stringify({
          version: 2,
          notification: [{ id: 'not-this' }],
          meta: { cursor: 'not-this', notifications: [{ id: 'nor-this' }] },
          notifications: notifications.map((one) => ({
            tags: ['a', { id: 'not-this', cursor: 'not-this' }],
            nested: { id: 'not-this', body: null },
            ...one,
            priority: 1.5e3,
            is: [true, false, null, -0.1],
          })),
          cursor,
          more,
          next: { cursor: 'not-this' },
        }),
      ),
    ],
  }),
  survives('members come in any order', ['P-BODY-3'], {
    as: 'answers',
    steps: [
      written(({ notifications, cursor, more }) =>
        JSON.stringify({
          more,
          cursor,
          notifications: notifications.map((one) => Object.fromEntries(Object.entries(one).reverse())),
        }),
      ),
    ],
  }),
  survives('white space is allowed wherever JSON allows it', ['P-BODY-3'], {
    as: 'answers',
    steps: [written((members) => `\r\n\t ${JSON.stringify(members, null, '\t').replaceAll('":', '" :')}\n\n`)],
  }),
  survives('names of members may be escaped', ['P-BODY-3'], {
    as: 'answers',
    steps: [
      written((members) =>
        JSON.stringify(members).replace('"cursor":', '"c\\u0075rsor":').replace('"id":', '"\\u0069d":'),
      ),
    ],
  }),
  survives('the type may have a parameter', ['P-BODY-3'], {
    as: 'answers',
    steps: [
      (exchange, service) =>
        exchange.answer({
          headers: { 'Content-Type': 'application/json; charset=utf-8' },
          body: JSON.stringify(service.handOver(exchange)),
        }),
    ],
  }),
  survives('a response without notifications is as good as none', ['P-BODY-3'], {
    steps: [
      (exchange, service) => exchange.json(200, { notifications: [], cursor: service.newCursor([]), more: false }),
    ],
  }),
]
