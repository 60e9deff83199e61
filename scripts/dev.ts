/**
 * `npm run dev`: runs the service and its dependencies on loopback until Ctrl-C. Data is kept in .dev/. `npm run dev --
 * --mode 2` runs it with a queue for each client and without a database; `--instances 1` runs one instance.
 */
import { exitCodes, runCommand, wholeNumber } from '../src/command-line.ts'
import { modeOf } from './modes.ts'
import { listenForInterruption } from './stack/interruption.ts'
import { lockFolder } from './stack/lock.ts'
import { stopPatienceMs } from './stack/server-process.ts'
import { type Stack, startStack } from './stack/stack.ts'
import { devFolder, readStackFile } from './stack/stack-file.ts'

/** The default of the service, which every example uses. */
const defaultPort = 8_080
/** The page's own port, which stays the same where it is free, so that a bookmark does. */
const pagePort = 8_090
/** Longer than a working day, so that a token need not be replaced during the day. */
const tokenTtlSeconds = 12 * 3_600
/**
 * In mode 2 a client that moves waits this long for messages that its former instance receives. Here clients often
 * move.
 */
const briefLingerSeconds = '3'
/** Settings that can be set for a run, as in `LOG_LEVEL=debug npm run dev`. */
const adjustable =
  /^(LOG_|MAX_|DEFAULT_WAIT_|SESSION_|AUTO_ACK_|SQS_MAX_|SQS_VISIBILITY_|PENDING_|CORS_|LOGGING_|VAPID_|WAKE_UP_)/

interface Asked {
  readonly mode: 1 | 2
  readonly instances: number
}

process.exitCode = await runCommand(
  {
    name: 'npm run dev',
    about: 'Runs the service and everything around it on loopback until Ctrl-C.',
    options: {
      mode: { about: 'the mode of the service, 1 or 2', value: 'MODE', fallback: '1' },
      // Two by default, to show how instances work together.
      instances: { about: 'the number of instances, up to 9', value: 'N', fallback: '2' },
    },
  },
  ({ values }): Asked => ({
    mode: modeOf(values.mode),
    instances: wholeNumber('instances', values.instances, { from: 1, to: 9 }),
  }),
  main,
)

async function main(asked: Asked): Promise<number> {
  using interruption = listenForInterruption()
  using lock = lockFolder(devFolder)
  if (!lock) {
    const url = readStackFile(devFolder)?.serviceUrl
    console.error(`npm run dev already runs in this checkout${url ? `: ${url}` : ' and is just starting'}.`)
    return exitCodes.failure
  }
  try {
    await using stack = await start(asked, interruption.signal)
    await invite(stack)
    await interrupted(interruption.signal)
    console.log(
      `\nStopping: the service first, which may take up to ${stopPatienceMs / 1_000} s; press Ctrl-C again to end at once.`,
    )
  } catch (error) {
    if (interruption.signal.aborted) {
      console.log('\nInterrupted; everything that was started has been stopped.')
      return exitCodes.ok
    }
    console.error(`The local stack did not start: ${error instanceof Error ? error.message : error}`)
    return exitCodes.failure
  }
  console.log('Stopped. Undelivered notifications are kept for the next start.')
  return exitCodes.ok
}

async function start({ mode, instances }: Asked, signal: AbortSignal): Promise<Stack> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && adjustable.test(entry[0]),
    ),
  )
  const stack = await startStack({
    dataDir: devFolder,
    mode,
    services: instances,
    page: true,
    ports: { services: [defaultPort], page: pagePort },
    env: mode === 2 ? { SESSION_LINGER_SECONDS: briefLingerSeconds, ...env } : env,
    output: 'terminal',
    signal,
    onProgress: (line) => console.log(line),
  })
  const port = stack.services[0]?.port
  if (port !== defaultPort) console.log(`Port ${defaultPort} is taken, so the service is on ${port}.`)
  return stack
}

function interrupted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  else signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}

async function invite({ urls, services, intakeQueueUrl, token }: Stack): Promise<void> {
  const [, ...others] = services.map(({ url }) => url)
  console.log(`
Service  ${[urls.service, ...others].join(' and ')}
Docs     ${urls.docs}
Page     ${urls.page}/ (send in every way, and stop and start instances, in a browser)
Intake   ${intakeQueueUrl} (the queue that takes messages for any client)

A token for alice, valid for ${tokenTtlSeconds / 3_600} hours:

  export TOKEN=${await token('alice', { ttlSeconds: tokenTtlSeconds })}

Wait for a notification, then send one from another terminal:

  curl -i -H "Authorization: Bearer $TOKEN" "${urls.service}/notifications?wait=60"
  npm run notify -- alice '{"order":42}'

Ctrl-C stops everything.
`)
}
