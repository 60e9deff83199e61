import { keySetUrl, listOf, type SettingsTable, setting, text, word, words } from '../setting.ts'

/** The settings of the tokens that clients and publishers bring. */
export const tokenSettings = {
  COGNITO_JWK_URL: setting<string | null>({
    about: "URL of the token issuer's JSON Web Key Set, used exactly as it is given (required)",
    parse: keySetUrl,
    fallback: null,
    fallbackText: '',
  }),
  JWT_ISSUER: setting<readonly string[] | null>({
    about: 'accepted `iss`, separated by commas, each written as in the tokens',
    parse: words,
    fallback: null,
    fallbackText: 'not checked',
  }),
  JWT_AUDIENCE: setting<readonly string[] | null>({
    about: 'accepted `aud` (or `client_id`, where a token has no `aud`), separated by commas',
    parse: words,
    fallback: null,
    fallbackText: 'not checked',
  }),
  JWT_ALGORITHMS: setting({
    about: 'accepted signature algorithms, separated by commas',
    parse: listOf('RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'),
    fallback: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
    fallbackText: 'RS256,RS384,RS512,ES256,ES384,ES512',
  }),
  CLIENT_ID_CLAIM: setting({ about: 'claim of the token that holds the client id', parse: text, fallback: 'sub' }),
  SCOPE_CLAIM: setting<readonly string[]>({
    about: 'claims of the token that hold its scopes, separated by commas; each is text separated by blanks, or a list',
    parse: words,
    fallback: ['scope', 'scp'],
    fallbackText: 'scope,scp',
  }),
  SCOPE_PREFIX: setting<string | null>({
    about: 'the only resource server whose scopes count, as in `<resource server>/sessions:read`',
    parse: word,
    fallback: null,
    fallbackText: 'any',
  }),
} as const satisfies SettingsTable
