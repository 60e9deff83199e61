import t from 'tap'
import { grantingServers } from '../../../src/http/tokens/granting-servers.ts'
import { scopesOf } from '../../../src/http/tokens/scopes.ts'
import { LogBook } from '../../support/log-book.ts'

t.test('scopes come as text or as a list; anything else grants nothing', async (t) => {
  const scopes = (scope: unknown) => [...scopesOf({ scope }, { claims: ['scope'], prefix: null })]
  t.same(scopes('a b'), ['a', 'b'])
  t.same(scopes(' a\t b\n'), ['a', 'b'])
  t.same(scopes(['a', 'b', '', 7]), ['a', 'b'])
  for (const odd of [undefined, null, '', ' ', 7, { a: 1 }, [['a']]]) t.same(scopes(odd), [])
})

t.test('a scope may have the name of a resource server in front', async (t) => {
  const table: readonly [prefix: string | null, scope: string, granted: boolean][] = [
    [null, 'sessions:read', true],
    [null, 'api/sessions:read', true],
    [null, 'https://api.example.com/sessions:read', true],
    [null, 'https://api.example.com//sessions:read', true],
    [null, '/sessions:read', false],
    [null, 'api:sessions:read', false],
    [null, 'sessions:read/api', false],
    [null, 'api/sessions:readers', false],
    [null, 'api/', false],
    ['api', 'sessions:read', true],
    ['api', 'api/sessions:read', true],
    ['api', 'other/sessions:read', false],
    ['api', 'api/v1/sessions:read', false],
    ['api', 'other/api/sessions:read', false],
    ['api/', 'api/sessions:read', true],
    ['https://api.example.com/', 'https://api.example.com//sessions:read', true],
    ['https://api.example.com', 'https://api.example.com/sessions:read', true],
    ['https://api.example.com', 'https://evil.example.com/sessions:read', false],
  ]
  for (const [prefix, scope, granted] of table) {
    t.equal(scopesOf({ scope }, { claims: ['scope'], prefix }).has('sessions:read'), granted, `${prefix}: ${scope}`)
  }
})

t.test('scopes of this service from a second resource server are warned of once, unless one is set', async (t) => {
  const tokens = [
    'a/sessions:read',
    'a/notifications:publish notifications:publish',
    'b/other',
    'b/sessions:read',
    'c/sessions:read',
  ]
  const warned = (prefix: string | null, scopes: readonly string[]) => {
    const log = new LogBook()
    const note = grantingServers(log, { claims: ['scope'], prefix })
    for (const scope of scopes) note({ scope })
    return log.lines.map(({ fields }) => fields)
  }
  t.same(warned(null, tokens), [{ resourceServers: ['a', 'b'] }])
  t.same(warned(null, tokens.slice(0, 3)), [], 'one server is no reason to warn')
  t.same(warned('a', tokens), [])
})
