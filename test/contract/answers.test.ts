import t from 'tap'
import { type Answer, assertContract, checkContract, contractViolations } from '../support/contract.ts'

// The check of responses is itself checked: it must not accept everything.
const session = { clientId: 'alice', online: false, mode: 1, instanceId: null, queueUrl: null }
const error = { error: 'ERROR_DRAINING', message: 'shutting down', context: 'trace' }
const json = { 'content-type': 'application/json; charset=utf-8', 'trace-id': 'trace' }
const good: Answer = {
  method: 'GET',
  path: '/sessions/alice',
  status: 200,
  headers: json,
  bodyText: JSON.stringify(session),
}
const empty: Answer = {
  method: 'get',
  path: '/notifications',
  status: 204,
  headers: new Headers({ 'trace-id': 'trace', 'cache-control': 'no-store', 'preference-applied': 'wait=0' }),
  bodyText: '',
}

t.test('a response that matches the contract passes', async (t) => {
  assertContract(t, good)
  assertContract(t, empty)
  checkContract(good)
})

t.test('a response that does not match the contract fails', async (t) => {
  const body = (value: unknown) => JSON.stringify(value)
  const cases: Record<string, [Answer, RegExp]> = {
    'an undocumented status': [{ ...good, status: 418 }, /418 is not documented for getSession/],
    'a missing header': [{ ...good, headers: { 'content-type': 'application/json' } }, /trace-id is missing/],
    'a wrong header': [
      { ...empty, headers: { ...json, 'cache-control': 'public', 'preference-applied': 'wait=0' } },
      /Cache-Control \(public\)/,
    ],
    'another content type': [{ ...good, headers: { ...json, 'content-type': 'text/html' } }, /text\/html is not doc/],
    'a body that is not JSON': [{ ...good, bodyText: '{' }, /not JSON/],
    'a missing member': [{ ...good, bodyText: body({ ...session, mode: undefined }) }, /mode/],
    'a member too many': [{ ...good, bodyText: body({ ...session, more: 1 }) }, /additional properties/],
    'a broken format': [{ ...good, bodyText: body({ ...session, instanceId: 'i-1' }) }, /format "uuid"/],
    'a body where there is none': [{ ...empty, bodyText: '{}' }, /none is documented/],
    'a member too many in an error': [
      { ...good, status: 503, headers: { ...json, 'retry-after': '1' }, bodyText: body({ ...error, stack: '' }) },
      /unevaluated properties/,
    ],
  }
  for (const [name, [answer, reason]] of Object.entries(cases)) {
    t.match(contractViolations(answer).join('; '), reason, name)
    t.throws(() => checkContract(answer), reason, name)
  }
})

t.test('only errors are checked on paths that are not in the contract', async (t) => {
  const page: Answer = { method: 'GET', path: '/metrics', status: 200, headers: {}, bodyText: 'up 1' }
  assertContract(t, page)
  assertContract(t, { ...page, path: '/x', status: 404, headers: json, bodyText: JSON.stringify(error) })
  t.match(contractViolations({ ...page, status: 404, headers: json, bodyText: 'nothing' }), ['the body is not JSON'])
  t.match(contractViolations({ ...good, method: 'PUT', status: 405, bodyText: JSON.stringify(error) }), [/Allow/])
  assertContract(t, { ...good, method: 'HEAD', status: 404, bodyText: '' })
})
