import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { certificateInJwk, certificateOf } from '../support/certificate.ts'
import { mint, type SigningKey, signingKey } from '../support/issuer.ts'

/** An issuer as people use it: its key set and its tokens in the form that its documentation gives them. */
export interface FieldIssuer {
  /** The heading of its section in `docs/issuers.md`, whose settings the service runs with. */
  readonly name: string
  /** The pages that the forms are from. */
  readonly sources: readonly string[]
  /** The answer at the address of the keys. */
  readonly answer: KeyAnswer
  readonly tokens: Readonly<Record<string, FieldToken>>
  /** A key that signs its tokens, for forgeries of them. */
  readonly signer: SigningKey
  /** A key of the set that must never verify a token, where there is one. */
  readonly otherKey?: SigningKey
}

export interface KeyAnswer {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A token and what it is good for: as which client it may poll, and whether it may look sessions up. */
export interface FieldToken {
  readonly token: string
  readonly clientId: string | null
  readonly readsSessions: boolean
}

const now = Math.floor(Date.now() / 1000)
const hour = { iat: now, exp: now + 3600 }
const json = { 'content-type': 'application/json' }

/** A key with this kid, and its public half with just the members that are named. */
function rsa(kid: string): SigningKey & { readonly numbers: { readonly n: unknown; readonly e: unknown } } {
  const { jwk, ...key } = signingKey('RS256')
  return { ...key, kid, jwk, numbers: { n: jwk.n, e: jwk.e } }
}

/** The members with which X.509 certificates come in a JWK. */
function x509({ privateKey, kid }: SigningKey) {
  const pem = certificateOf(createPublicKey(privateKey), privateKey, kid)
  const certificate = certificateInJwk(pem)
  const digest = (hash: string) => createHash(hash).update(Buffer.from(certificate, 'base64')).digest('base64url')
  return { pem, x5c: [certificate], x5t: digest('sha1'), 'x5t#S256': digest('sha256') }
}

const keySet = (keys: readonly object[], more: object = {}) => JSON.stringify({ keys, ...more })

/** 27 characters of base64url, as many issuers name their keys. */
const thumbprint = () => randomBytes(20).toString('base64url')

function cognito(): FieldIssuer {
  const iss = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC123xyz'
  const id = rsa(`${randomBytes(31).toString('base64')}=`)
  const access = rsa(`${randomBytes(31).toString('base64')}=`)
  // The order of the members and the missing `typ` are Cognito's.
  const jwk = ({ kid, numbers: { n, e } }: ReturnType<typeof rsa>) => ({
    alg: 'RS256',
    e,
    kid,
    kty: 'RSA',
    n,
    use: 'sig',
  })
  const head = ({ kid }: SigningKey) => ({ kid, alg: 'RS256' })
  const sub = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'
  const user = {
    sub,
    iss,
    token_use: 'access',
    client_id: '1example23456789',
    username: 'janedoe',
    version: 2,
    ...hour,
  }
  const machine = {
    sub: '2machine3456789',
    iss,
    token_use: 'access',
    client_id: '2machine3456789',
    version: 2,
    ...hour,
  }
  return {
    name: 'Amazon Cognito',
    sources: [
      'https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html',
      'https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html',
      'https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html',
    ],
    answer: { body: keySet([jwk(id), jwk(access)]), headers: { ...json, 'cache-control': 'public, max-age=86400' } },
    signer: access,
    tokens: {
      'the access token of a user, who signed in without the hosted pages': {
        token: mint(head(access), { ...user, scope: 'aws.cognito.signin.user.admin', device_key: 'eu_1' }, access),
        clientId: sub,
        readsSessions: false,
      },
      'the id token of the same user': {
        token: mint(
          head(id),
          {
            sub,
            aud: '1example23456789',
            iss,
            token_use: 'id',
            'cognito:username': 'janedoe',
            auth_time: now,
            ...hour,
          },
          id,
        ),
        clientId: sub,
        readsSessions: false,
      },
      'the access token of a machine, with scopes of the resource server': {
        token: mint(
          head(access),
          { ...machine, scope: 'https://notifications.example.org/sessions:read https://notifications.example.org/x' },
          access,
        ),
        clientId: '2machine3456789',
        readsSessions: true,
      },
      'the access token of a machine, with the scope of another resource server': {
        token: mint(head(access), { ...machine, scope: 'https://other.example.org/sessions:read' }, access),
        clientId: '2machine3456789',
        readsSessions: false,
      },
    },
  }
}

function entra(): FieldIssuer {
  const tid = '11111111-2222-3333-4444-555555555555'
  const app = '66666666-7777-8888-9999-000000000000'
  const v1 = `https://sts.windows.net/${tid}/`
  const v2 = `https://login.microsoftonline.com/${tid}/v2.0`
  const keys = [rsa(thumbprint()), rsa(thumbprint()), rsa(thumbprint())] as const
  const [key, legacy] = keys
  // Without `alg`; the same key may be listed twice, with another `issuer`.
  const jwk = ({ kid, numbers, ...rest }: ReturnType<typeof rsa>, issuer: string) => {
    const { x5c } = x509({ kid, ...rest })
    return {
      kty: 'RSA',
      use: 'sig',
      kid,
      x5t: kid,
      ...numbers,
      x5c,
      cloud_instance_name: 'microsoftonline.com',
      issuer,
    }
  }
  const listed = [...keys.map((each) => jwk(each, v2)), jwk(key, 'https://login.microsoftonline.com/{tenantid}/v2.0')]
  const times = { iat: now, nbf: now, exp: now + 4321 }
  const oid = '00000000-aaaa-bbbb-cccc-dddddddddddd'
  return {
    name: 'Microsoft Entra ID',
    sources: [
      'https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens',
      'https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference',
    ],
    answer: {
      body: keySet(listed),
      headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'private' },
    },
    signer: key,
    tokens: {
      'a v2.0 access token of a user': {
        token: mint(
          { typ: 'JWT', alg: 'RS256', kid: key.kid },
          {
            aud: app,
            iss: v2,
            ...times,
            azp: 'client',
            azpacr: '0',
            oid,
            scp: 'sessions:read access',
            sub: 'pairwise',
            tid,
            ver: '2.0',
          },
          key,
        ),
        clientId: oid,
        readsSessions: true,
      },
      'a v1.0 access token of a user': {
        token: mint(
          { typ: 'JWT', alg: 'RS256', x5t: legacy.kid, kid: legacy.kid },
          {
            aud: `api://${app}`,
            iss: v1,
            ...times,
            acr: '1',
            appid: 'client',
            oid,
            scp: 'access',
            sub: 'pairwise',
            tid,
            ver: '1.0',
          },
          legacy,
        ),
        clientId: oid,
        readsSessions: false,
      },
      'a token of an application, with app roles': {
        token: mint(
          { typ: 'JWT', alg: 'RS256', kid: key.kid },
          {
            aud: app,
            iss: v2,
            ...times,
            azp: 'job',
            azpacr: '1',
            oid: 'service',
            roles: ['sessions:read'],
            sub: 'service',
            tid,
            ver: '2.0',
          },
          key,
        ),
        clientId: 'service',
        readsSessions: true,
      },
    },
  }
}

function okta(): FieldIssuer {
  const iss = 'https://example.okta.com/oauth2/default'
  const [key, next] = [rsa(randomBytes(32).toString('base64url')), rsa(randomBytes(32).toString('base64url'))]
  const jwk = ({ kid, numbers }: ReturnType<typeof rsa>) => ({ kty: 'RSA', alg: 'RS256', kid, use: 'sig', ...numbers })
  const head = { kid: key.kid, alg: 'RS256' }
  const claims = { ver: 1, jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE', iss, aud: 'api://default', ...hour }
  return {
    name: 'Okta',
    sources: [
      'https://developer.okta.com/docs/reference/api/oidc/',
      'https://developer.okta.com/docs/guides/validate-access-tokens/dotnet/main/',
    ],
    answer: {
      body: keySet([jwk(key), jwk(next)]),
      headers: { ...json, 'cache-control': 'max-age=5184000, must-revalidate' },
    },
    signer: key,
    tokens: {
      'the access token of a user': {
        token: mint(
          head,
          {
            ...claims,
            cid: 'nmdP1fcyvdVO11AL7ECm',
            uid: '00ujmkLgagxeRrAg20g3',
            scp: ['openid'],
            sub: 'jane@example.com',
          },
          key,
        ),
        clientId: '00ujmkLgagxeRrAg20g3',
        readsSessions: false,
      },
      'the access token of a machine, which has no uid': {
        token: mint(
          head,
          { ...claims, cid: '0oa1', scp: ['notifications:publish', 'sessions:read'], sub: '0oa1' },
          key,
        ),
        clientId: null,
        readsSessions: true,
      },
    },
  }
}

function auth0(): FieldIssuer {
  const iss = 'https://example.eu.auth0.com/'
  const [key, next] = [rsa(randomBytes(16).toString('base64url')), rsa(randomBytes(16).toString('base64url'))]
  const jwk = ({ numbers, ...rest }: ReturnType<typeof rsa>) => {
    const { x5t, x5c } = x509(rest)
    return { kty: 'RSA', use: 'sig', ...numbers, kid: rest.kid, x5t, x5c, alg: 'RS256' }
  }
  const head = { alg: 'RS256', typ: 'JWT', kid: key.kid }
  const audiences = ['https://notifications.example.org', 'https://example.eu.auth0.com/userinfo']
  const machine = { iss, sub: 'abc123@clients', aud: audiences[0], ...hour, gty: 'client-credentials', azp: 'abc123' }
  return {
    name: 'Auth0',
    sources: [
      'https://auth0.com/docs/secure/tokens/json-web-tokens/json-web-key-sets',
      'https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles',
    ],
    answer: {
      body: keySet([jwk(key), jwk(next)]),
      headers: { ...json, 'cache-control': 'public, max-age=15, stale-while-revalidate=15' },
    },
    signer: key,
    tokens: {
      'the access token of a user, in the profile of Auth0': {
        token: mint(
          head,
          { iss, sub: 'auth0|123456', aud: audiences, azp: 'spa', ...hour, scope: 'openid profile' },
          key,
        ),
        clientId: 'auth0|123456',
        readsSessions: false,
      },
      'the access token of a user, in the profile of RFC 9068, with permissions': {
        token: mint(
          { ...head, typ: 'at+jwt' },
          {
            iss,
            sub: 'auth0|123456',
            aud: audiences,
            client_id: 'spa',
            ...hour,
            jti: '73W',
            scope: 'openid',
            permissions: ['sessions:read'],
          },
          key,
        ),
        clientId: 'auth0|123456',
        readsSessions: true,
      },
      'the access token of a machine': {
        token: mint(head, { ...machine, scope: 'notifications:publish sessions:read' }, key),
        clientId: 'abc123@clients',
        readsSessions: true,
      },
    },
  }
}

function keycloak(): FieldIssuer {
  const iss = 'https://keycloak.example.org/realms/example'
  const [key, encryption] = [rsa(randomBytes(32).toString('base64url')), rsa(randomBytes(32).toString('base64url'))]
  const ec = signingKey('ES256')
  const edwards = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const jwk = ({ numbers, ...rest }: ReturnType<typeof rsa>, use: string, alg: string) => {
    const { x5c, x5t, 'x5t#S256': x5tS256 } = x509(rest)
    return { kid: rest.kid, kty: 'RSA', alg, use, x5c, x5t, 'x5t#S256': x5tS256, ...numbers }
  }
  const others = [ec.jwk, { kid: 'ed', kty: 'OKP', alg: 'EdDSA', use: 'sig', crv: 'Ed25519', x: edwards.x }]
  const head = { alg: 'RS256', typ: 'JWT', kid: key.kid }
  const user = {
    ...hour,
    auth_time: now,
    jti: 'onrtac:1',
    iss,
    aud: ['notifications', 'account'],
    typ: 'Bearer',
    azp: 'web',
  }
  const roles = {
    realm_access: { roles: ['offline_access'] },
    resource_access: { account: { roles: ['view-profile'] } },
  }
  return {
    name: 'Keycloak',
    sources: [
      'https://www.keycloak.org/docs/latest/server_admin/index.html#_client_scopes',
      'https://www.keycloak.org/docs/latest/server_admin/index.html#_audience',
      'https://www.keycloak.org/docs/latest/server_admin/index.html#_using_lightweight_access_token',
    ],
    answer: {
      body: keySet([jwk(encryption, 'enc', 'RSA-OAEP'), ...others, jwk(key, 'sig', 'RS256')]),
      headers: { 'content-type': 'application/json;charset=UTF-8', 'cache-control': 'no-cache' },
    },
    signer: key,
    otherKey: encryption,
    tokens: {
      'the access token of a user': {
        token: mint(
          head,
          { ...user, ...roles, sub: 'f1888f4d', scope: 'openid email', sid: 's', 'allowed-origins': ['/*'] },
          key,
        ),
        clientId: 'f1888f4d',
        readsSessions: false,
      },
      'the access token of a user, signed with the realm’s key for ES256': {
        token: mint({ ...head, alg: 'ES256', kid: ec.kid }, { ...user, sub: 'f1888f4d', scope: 'openid' }, ec),
        clientId: 'f1888f4d',
        readsSessions: false,
      },
      'the access token of a service account': {
        token: mint(
          head,
          { ...user, auth_time: undefined, sub: 'service-account-job', scope: 'sessions:read', client_id: 'job' },
          key,
        ),
        clientId: 'service-account-job',
        readsSessions: true,
      },
      'a lightweight access token, without sub': {
        token: mint({ ...head, typ: 'at+jwt' }, { ...user, azp: 'job', scope: 'sessions:read' }, key),
        clientId: null,
        readsSessions: true,
      },
    },
  }
}

function google(): FieldIssuer {
  const [key, next] = [rsa(randomBytes(20).toString('hex')), rsa(randomBytes(20).toString('hex'))]
  const jwk = ({ kid, numbers }: ReturnType<typeof rsa>) => ({ kty: 'RSA', ...numbers, kid, use: 'sig', alg: 'RS256' })
  const aud = '1234567890-abc.apps.googleusercontent.com'
  const head = { alg: 'RS256', kid: key.kid, typ: 'JWT' }
  const claims = {
    azp: aud,
    aud,
    sub: '110169484474386276334',
    email: 'jane@example.com',
    email_verified: true,
    ...hour,
  }
  return {
    name: 'Google',
    sources: ['https://developers.google.com/identity/openid-connect/openid-connect'],
    answer: {
      body: keySet([jwk(key), jwk(next)]),
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        'cache-control': 'public, max-age=21245, must-revalidate, no-transform',
      },
    },
    signer: key,
    tokens: {
      'an id token': {
        token: mint(head, { iss: 'https://accounts.google.com', ...claims, at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q' }, key),
        clientId: '110169484474386276334',
        readsSessions: false,
      },
      'an id token whose issuer has no scheme': {
        token: mint(head, { iss: 'accounts.google.com', ...claims, nbf: now - 300, jti: 'd51' }, key),
        clientId: '110169484474386276334',
        readsSessions: false,
      },
    },
  }
}

function firebaseParts() {
  const [key, next] = [rsa(randomBytes(20).toString('hex')), rsa(randomBytes(20).toString('hex'))]
  const head = { alg: 'RS256', kid: key.kid, typ: 'JWT' }
  const uid = 'kJ5bGd3qPkRbQmZ8mQJz2Yp1Xy22'
  const claims = {
    iss: 'https://securetoken.google.com/example-project',
    aud: 'example-project',
    auth_time: now,
    user_id: uid,
    sub: uid,
    ...hour,
    firebase: { identities: { email: ['jane@example.com'] }, sign_in_provider: 'password' },
  }
  const tokens: Record<string, FieldToken> = {
    'the id token of a user': { token: mint(head, claims, key), clientId: uid, readsSessions: false },
    'the id token of a user with a custom claim': {
      token: mint(head, { ...claims, scope: 'sessions:read' }, key),
      clientId: uid,
      readsSessions: true,
    },
    'the id token of a user with a list as custom claim': {
      token: mint(head, { ...claims, scp: ['sessions:read'] }, key),
      clientId: uid,
      readsSessions: true,
    },
  }
  return { key, next, tokens }
}

function firebase(): FieldIssuer {
  const { key, next, tokens } = firebaseParts()
  const jwk = ({ kid, numbers }: ReturnType<typeof rsa>) => ({ ...numbers, kty: 'RSA', alg: 'RS256', use: 'sig', kid })
  return {
    name: 'Firebase Authentication',
    sources: [
      'https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library',
    ],
    answer: { body: keySet([jwk(key), jwk(next)]), headers: { ...json, 'cache-control': 'public, max-age=20000' } },
    signer: key,
    tokens,
  }
}

/** The same with the address that Firebase's own page names: certificates by kid instead of a key set. */
export function firebaseCertificates(): FieldIssuer {
  const { key, next, tokens } = firebaseParts()
  const certificates = Object.fromEntries([key, next].map((each) => [each.kid, x509(each).pem]))
  const answer = {
    body: JSON.stringify(certificates, null, 2),
    headers: { 'content-type': 'application/json; charset=UTF-8' },
  }
  return { ...firebase(), answer, signer: key, tokens }
}

function authentik(): FieldIssuer {
  const iss = 'https://authentik.example.org/application/o/notifications/'
  const [key, encryption] = [rsa(randomBytes(16).toString('hex')), rsa(randomBytes(16).toString('hex'))]
  const signing = { alg: 'RS256', kid: key.kid, kty: 'RSA', use: 'sig', ...key.numbers }
  const encrypting = {
    alg: 'RSA-OAEP-256',
    enc: 'A256CBC-HS512',
    kid: encryption.kid,
    kty: 'RSA',
    use: 'enc',
    ...encryption.numbers,
  }
  const certificates = (of: SigningKey) => {
    const { x5c, x5t, 'x5t#S256': x5tS256 } = x509(of)
    return { x5c, x5t, 'x5t#S256': x5tS256 }
  }
  const listed = [
    { ...signing, ...certificates(key) },
    { ...encrypting, ...certificates(encryption) },
  ]
  const head = { alg: 'RS256', kid: key.kid, typ: 'JWT' }
  const client = 'Tn1gGa2cXKuTDCeLUQdWMT5VvBPJrJ6wlLcDvTFc'
  const claims = {
    iss,
    aud: client,
    ...hour,
    auth_time: now,
    acr: 'goauthentik.io/providers/oauth2/default',
    azp: client,
    uid: 'x',
  }
  return {
    name: 'authentik',
    sources: [
      'https://docs.goauthentik.io/add-secure-apps/providers/oauth2/',
      'https://github.com/goauthentik/authentik/blob/main/authentik/providers/oauth2/views/jwks.py',
      'https://github.com/goauthentik/authentik/blob/main/authentik/providers/oauth2/id_token.py',
    ],
    answer: { body: keySet(listed), headers: { ...json, 'access-control-allow-origin': '*' } },
    signer: key,
    otherKey: encryption,
    tokens: {
      'the access token of a user': {
        token: mint(head, { ...claims, sub: 'f3b1d0c2', amr: ['pwd', 'mfa'], sid: 's' }, key),
        clientId: 'f3b1d0c2',
        readsSessions: false,
      },
      'the access token of a service account, with the claim of a scope mapping': {
        token: mint(head, { ...claims, sub: 'job', scp: ['sessions:read'] }, key),
        clientId: 'job',
        readsSessions: true,
      },
    },
  }
}

function zitadel(): FieldIssuer {
  const iss = 'https://example.zitadel.cloud'
  const keys = [rsa('282563622306529281'), rsa('282563622306594817')] as const
  const [key] = keys
  const jwk = ({ kid, numbers }: ReturnType<typeof rsa>) => ({ use: 'sig', kty: 'RSA', kid, alg: 'RS256', ...numbers })
  const project = '344374183645413380'
  const claims = {
    iss,
    aud: ['282570000000000001', project],
    ...hour,
    nbf: now,
    jti: 'V2_1',
    client_id: '282570000000000001',
  }
  const roles = {
    'urn:zitadel:iam:org:project:roles': { 'sessions:read': { '344373908297744388': 'example.zitadel.cloud' } },
  }
  return {
    name: 'ZITADEL',
    sources: [
      'https://zitadel.com/docs/apis/openidoauth/claims',
      'https://zitadel.com/docs/guides/manage/customize/behavior',
    ],
    answer: { body: keySet(keys.map(jwk)), headers: { ...json, 'cache-control': 'max-age=300, must-revalidate' } },
    signer: key,
    tokens: {
      'the access token of a user, with roles as an object, which grants nothing': {
        token: mint(
          { alg: 'RS256', kid: key.kid, typ: 'JWT' },
          { ...claims, ...roles, sub: '345377791925026818' },
          key,
        ),
        clientId: '345377791925026818',
        readsSessions: false,
      },
      'the access token of a service user, with the claim of an action, and without typ': {
        token: mint(
          { alg: 'RS256', kid: key.kid },
          { ...claims, sub: '345377791925026900', scp: ['sessions:read'] },
          key,
        ),
        clientId: '345377791925026900',
        readsSessions: true,
      },
    },
  }
}

function adfs(): FieldIssuer {
  const [key, next] = [rsa(thumbprint()), rsa(thumbprint())]
  const jwk = ({ numbers, ...rest }: ReturnType<typeof rsa>) => {
    const { x5c } = x509(rest)
    return { kty: 'RSA', use: 'sig', alg: 'RS256', kid: rest.kid, x5t: rest.kid, ...numbers, x5c }
  }
  const head = { typ: 'JWT', alg: 'RS256', x5t: key.kid, kid: key.kid }
  const aud = 'microsoft:identityserver:7b2a4c0e-5b0a-4a43-9a0b-2f6d7c1f0a11'
  const access = {
    aud,
    iss: 'http://adfs.example.org/adfs/services/trust',
    ...hour,
    apptype: 'Public',
    appid: 'app',
    ver: '1.0',
  }
  return {
    name: 'AD FS',
    sources: [
      'https://learn.microsoft.com/en-us/windows-server/identity/ad-fs/development/ad-fs-openid-connect-oauth-concepts',
      'https://learn.microsoft.com/en-us/windows-server/identity/ad-fs/development/custom-id-tokens-in-ad-fs',
      'https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-oidce/586de7dd-3385-47c7-93a2-935d9e90441c',
    ],
    // The signing certificate and the one that follows it are both listed for weeks.
    answer: {
      body: keySet([jwk(key), jwk(next)]),
      headers: { 'content-type': 'application/json;charset=UTF-8' },
    },
    signer: key,
    tokens: {
      'the access token of a user': {
        token: mint(head, { ...access, authmethod: 'urn:password', upn: 'jane@example.org', scp: 'openid' }, key),
        clientId: 'jane@example.org',
        readsSessions: false,
      },
      'the id token of a user': {
        token: mint(
          head,
          { aud, iss: 'https://adfs.example.org/adfs', ...hour, sub: 's', upn: 'jane@example.org', sid: 'S-1-5' },
          key,
        ),
        clientId: 'jane@example.org',
        readsSessions: false,
      },
      'the access token of a server application, without any user': {
        token: mint(
          head,
          { ...access, apptype: 'Confidential', nbf: now, scp: 'sessions:read notifications:publish' },
          key,
        ),
        clientId: null,
        readsSessions: true,
      },
    },
  }
}

/** Makes every issuer anew: their keys are generated here and now. */
export function fieldIssuers(): readonly FieldIssuer[] {
  return [cognito(), entra(), okta(), auth0(), keycloak(), google(), firebase(), authentik(), zitadel(), adfs()]
}
