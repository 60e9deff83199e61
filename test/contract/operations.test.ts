import t from 'tap'
import type { AnyBody, Caller, Handler, Handlers, Input, OperationId, Reply } from '../../src/contract/operations.ts'

/** Checked by `npm run types`, not by running: each line that is marked as an error must be an error. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_Claim extends true>(): void => {}

const session = { clientId: 'alice', online: false, mode: 1, instanceId: null, queueUrl: null } as const
const health = { instanceId: 'i', mode: 1, version: '0.1.0', heldPolls: 0, uptimeSeconds: 1 } as const
const error = { error: 'ERROR_DRAINING', message: 'shutting down', context: 'trace' } as const

t.test('a reply has a documented status and every member of its body', async (t) => {
  holds<Same<Reply<'awaitNotifications'>['status'], 200 | 204>>()
  holds<Same<Reply<'acknowledgeNotifications'>['status'], 200>>()
  holds<Same<Reply<'getSession'>['status'], 200>>()
  holds<Same<Reply<'getReadiness'>['status'], 200 | 503>>()

  const replies = [
    { status: 200, body: session } satisfies Reply<'getSession'>,
    { status: 204, headers: { 'Preference-Applied': 'wait=1' } } satisfies Reply<'awaitNotifications'>,
    { status: 503, body: { status: 'draining', ...health, ...error } } satisfies Reply<'getHealth'>,
    // @ts-expect-error 201 is not documented
    { status: 201, body: session } satisfies Reply<'getSession'>,
    // @ts-expect-error a refusal is thrown, not returned
    { status: 503, body: error } satisfies Reply<'getSession'>,
    // @ts-expect-error the other members are missing
    { status: 200, body: { clientId: 'alice', online: false } } satisfies Reply<'getSession'>,
    // @ts-expect-error there is no mode 3
    { status: 200, body: { ...session, mode: 3 } } satisfies Reply<'getSession'>,
    // @ts-expect-error 204 has no body
    { status: 204, body: session } satisfies Reply<'awaitNotifications'>,
    // @ts-expect-error the members of an error are missing
    { status: 503, body: { status: 'draining', ...health } } satisfies Reply<'getHealth'>,
  ]
  t.equal(replies.length, 9)
})

t.test('an input has the members of the contract, and no others', async (t) => {
  holds<Same<Input<'getSession'>['path']['clientId'], string>>()
  holds<Same<Input<'awaitNotifications'>['query']['ack'], 'auto' | 'next' | undefined>>()
  holds<Same<Input<'awaitNotifications'>['body'], undefined>>()
  holds<Same<Input<'receiveCallback'>['body'], AnyBody>>()
  holds<Same<Input<'createRegistration'>['body'] & undefined, undefined>>()
  holds<Same<Input<'publishNotification'>['body'] & undefined, never>>()
  const headers: Input<'awaitNotifications'>['headers'] = { prefer: 'wait=3' }
  const bodies = [
    { cursor: 'c' } satisfies Input<'acknowledgeNotifications'>['body'],
    { ids: ['a'] } satisfies Input<'acknowledgeNotifications'>['body'],
    // @ts-expect-error a cursor or ids are needed
    {} satisfies Input<'acknowledgeNotifications'>['body'],
  ]
  // @ts-expect-error the path has no other member
  const path = ({ path }: Input<'getSession'>) => path.instanceId
  t.same([headers, bodies.length, typeof path], [{ prefer: 'wait=3' }, 3, 'function'])
})

t.test('a handler has the type of its operation, and no handler can be missing', async (t) => {
  const getSession: Handler<'getSession'> = async ({ path }, caller) => ({
    status: 200,
    body: { ...session, clientId: path.clientId, online: caller.scopes.has('sessions:read') },
  })
  // @ts-expect-error the reply is that of another operation
  const wrong: Handler<'getSession'> = async () => ({ status: 204 })
  // @ts-expect-error without a token there is no client id
  const nobody: Handler<'getHealth'> = async (_input, caller) => caller.clientId
  // @ts-expect-error a callback has no client id either
  const callback: Handler<'receiveCallback'> = async (_input, caller) => caller.scopes
  // @ts-expect-error a token with a scope may name no client
  const machine: Handler<'publishNotification'> = async (_input, caller) => caller.clientId
  // @ts-expect-error the handlers of the other operations are missing
  const handlers: Handlers = { getSession }
  // A whole caller may be passed to any handler.
  const call = <Id extends OperationId>(handle: Handler<Id>, input: Input<Id>, caller: Caller) => handle(input, caller)

  const caller = {
    clientId: 'alice',
    scopes: new Set(['sessions:read']),
    expiresAtMs: 1,
    traceId: 'trace',
    trace: null,
    onHangUp() {},
  }
  const reply = await call(getSession, { path: { clientId: 'bob' }, query: {}, body: undefined }, caller)
  t.same(reply, { status: 200, body: { ...session, clientId: 'bob', online: true } })
  const kinds = [wrong, nobody, callback, machine].map((handler) => typeof handler)
  t.same([...kinds, Object.keys(handlers)], ['function', 'function', 'function', 'function', ['getSession']])
})
