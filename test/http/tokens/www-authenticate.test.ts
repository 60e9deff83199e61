import t from 'tap'
import { Refusal } from '../../../src/delivery/refusal.ts'
import { wwwAuthenticate } from '../../../src/http/tokens/www-authenticate.ts'
import { startVerifier } from '../../support/token-verifier.ts'

t.test('WWW-Authenticate says what to do', async (t) => {
  const { issuer, verifyToken } = await startVerifier(t)
  const challenge = async (authorization: string | undefined) => {
    const error = await (async () => verifyToken(authorization))().catch((error: unknown) => error)
    return wwwAuthenticate(error as Refusal)
  }
  const plain = 'Bearer realm="notifications"'
  t.equal(await challenge(undefined), plain)
  t.equal(await challenge(''), plain)
  t.equal(await challenge('Basic abc'), plain)
  t.equal(await challenge('Bearer'), plain)
  t.equal(
    await challenge('Bearer nonsense'),
    `${plain}, error="invalid_token", error_description="A bearer token is required and was missing or is not a JWT"`,
  )
  t.equal(
    await challenge(`Bearer ${issuer.token({ exp: 1 })}`),
    `${plain}, error="invalid_token", error_description="The token has expired"`,
  )
  const forbidden = new Refusal('ERROR_FORBIDDEN')
  t.equal(wwwAuthenticate(forbidden), `${plain}, error="insufficient_scope"`)
  t.equal(
    wwwAuthenticate(forbidden, { scope: 'sessions:read' }),
    `${plain}, error="insufficient_scope", scope="sessions:read"`,
  )
  t.equal(wwwAuthenticate(new Refusal('ERROR_KEYS_UNAVAILABLE')), null)
  t.match(
    wwwAuthenticate(new Refusal('ERROR_TOKEN_PROCESSABLE', { message: 'a "quoted" \\ line\r\nbreak é' })),
    'error_description="a quoted  linebreak "',
  )
})
