import { migrate } from './adapters/postgres/migrate.ts'
import { exitCodes, runCommand } from './command-line.ts'
import { readConfig } from './config.ts'
import { databaseOf } from './database.ts'
import { openLog } from './log.ts'
import { openLogOutput } from './log-output.ts'

/** Settings that an instance requires and a migration does not read. */
const unread = { COGNITO_JWK_URL: 'http://localhost/', SQS_QUEUE_NAME_PREFIX: 'unread' }
/** The time that the ending process waits for the reader of its log. */
const lastLinesMs = 500

process.exitCode = await runCommand(
  {
    name: 'npm run migrate',
    about:
      'Migrates the database of the DB_ settings to the newest version that this release knows. Instances do so at their start as well, if their user may.',
  },
  () => null,
  async () => {
    const config = readConfig({ ...unread, ...process.env, NOTIFICATION_SERVICE_MODE: '1' })
    const output = openLogOutput(1)
    const log = openLog(config, output)
    try {
      await migrate({ ...databaseOf(config), log })
      log.info({}, 'the database is up to date')
      return exitCodes.ok
    } catch (err) {
      log.error({ err }, 'the database was not migrated')
      return exitCodes.failure
    } finally {
      await output.flushed(lastLinesMs)
    }
  },
)
