import { type SettingsTable, setting, wholeNumber } from '../setting.ts'

/** The settings of polls and of notifications that wait for their acknowledgement, with the bounds on both. */
export const pollSettings = {
  DEFAULT_WAIT_SECONDS: setting({
    about: 'how long a poll without a wait of its own is held, in seconds',
    parse: wholeNumber(0, 3600),
    fallback: 25,
  }),
  MAX_TIMEOUT_SECONDS: setting({
    about: 'maximum time a poll is held, in seconds',
    parse: wholeNumber(1, 3600),
    fallback: 600,
  }),
  AUTO_ACK_GRACE_MS: setting({
    about: 'ack=auto: time after a response in which its connection must not fail, in milliseconds',
    parse: wholeNumber(0, 60_000),
    fallback: 1000,
  }),
  SESSION_LINGER_SECONDS: setting({
    about: 'how long a session outlives the last poll of its client, in seconds',
    parse: wholeNumber(0, 3600),
    fallback: 30,
  }),
  MAX_HELD_POLLS: setting({
    about: 'maximum number of polls this instance holds at once; more are refused with 429',
    parse: wholeNumber(1, 1_000_000),
    fallback: 18_000,
  }),
  MAX_POLLS_PER_CLIENT: setting({
    about: 'maximum number of polls one client holds at once; more are refused with 429',
    parse: wholeNumber(1, 1000),
    fallback: 10,
  }),
  MAX_LEASED_BYTES: setting({
    about:
      'memory for notifications that are not yet acknowledged, in bytes; further ones wait in their queue or table',
    parse: wholeNumber(1_048_576, 17_179_869_184),
    fallback: 67_108_864,
  }),
  MAX_BODY_BYTES: setting({
    about: 'maximum size of a request body, in bytes',
    // SQS takes 1 MiB with the attributes, which have the rest (mode 2).
    parse: wholeNumber(1024, 1_048_576 - 8_192),
    fallback: 262_144,
  }),
  DRAIN_SPREAD_SECONDS: setting({
    about: 'time over which held polls are answered at shutdown, in seconds',
    parse: wholeNumber(0, 20),
    fallback: 5,
  }),
} as const satisfies SettingsTable
