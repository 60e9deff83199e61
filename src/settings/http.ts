import { listenAddress, oneOf, origins, reachableUrl, type SettingsTable, setting, wholeNumber } from '../setting.ts'

/** The settings of the edge: where it listens, and how it is reached. */
export const httpSettings = {
  HOST: setting({ about: 'address the API listens on', parse: listenAddress, fallback: '0.0.0.0' }),
  PORT: setting({
    about: 'port the API listens on; 0 takes a free one',
    parse: wholeNumber(0, 65_535),
    fallback: 8080,
  }),
  ADMIN_HOST: setting<string | null>({
    about: 'address the admin port listens on',
    parse: listenAddress,
    fallback: null,
    fallbackText: 'HOST',
  }),
  ADMIN_PORT: setting<number | null>({
    about: 'port for operators: /metrics and /docs move to it, and /health is served there as well; 0 takes a free one',
    parse: wholeNumber(0, 65_535),
    fallback: null,
    fallbackText: 'everything is at PORT',
  }),
  DOCS: setting<'on' | 'off'>({
    about: 'serve the contract at /openapi.yaml and a page to read it at /docs: on or off',
    parse: oneOf('on', 'off'),
    fallback: 'on',
  }),
  ACCESS_LOG: setting<'off' | 'errors' | 'all'>({
    about: 'log a line when a response has ended: off; errors, for statuses of 400 and more; or all',
    parse: oneOf('off', 'errors', 'all'),
    fallback: 'errors',
  }),
  KEEP_ALIVE_SECONDS: setting({
    about: 'time an idle connection is kept open, in seconds; longer than the idle time of the balancer in front',
    parse: wholeNumber(1, 3600),
    fallback: 75,
  }),
  MAX_CONNECTIONS: setting({
    about: 'maximum number of open connections; further ones are closed at once',
    parse: wholeNumber(1, 1_000_000),
    fallback: 60_000,
  }),
  PUBLIC_URL: setting<string | null>({
    about: 'URL at which clients and callers reach this service; callback URLs begin with it',
    parse: reachableUrl,
    fallback: null,
    fallbackText: 'INSTANCE_ADDRESS',
  }),
  INSTANCE_ADDRESS: setting<string | null>({
    about: 'URL at which other instances reach this one',
    parse: reachableUrl,
    fallback: null,
    fallbackText: "http:// with HOST, or this machine's first address that is not loopback, and the port",
  }),
  INSTANCES: setting({
    about:
      'number of instances behind PORT, each in a process of its own; instance k alone is reached at PORT + k (Linux)',
    parse: wholeNumber(1, 64),
    fallback: 1,
  }),
  CORS_ORIGINS: setting<readonly string[]>({
    about: 'origins of browser pages that may call the API, separated by commas; * allows every origin',
    parse: origins,
    fallback: [],
    fallbackText: 'none',
  }),
} as const satisfies SettingsTable
