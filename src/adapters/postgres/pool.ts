import { OutageLog } from '../../delivery/outage-log.ts'
import type { Log } from '../../delivery/ports.ts'
import { Refusal } from '../../delivery/refusal.ts'
import { systemClock } from '../clock.ts'
import { readAuthorities } from './authorities.ts'
import { Connection, type ConnectionOptions, type Queries, type Rows, type Statement } from './connection.ts'
import { Lane } from './lane.ts'
import { checkDatabase } from './readiness.ts'
import { SecretLookups } from './secret-lookups.ts'
import { isLost, isRolledBack, isWrongServer, NoRoom, StaleConnection, takesNoMore } from './statement-faults.ts'
import { type StatementName, type StatementTimes, statementTimes } from './statement-times.ts'
import { tooManyWait } from './too-many-wait.ts'

/** The address of the database, and the login. */
export interface DatabaseOptions
  extends Pick<ConnectionOptions, 'host' | 'port' | 'user' | 'password' | 'database'>,
    Partial<Pick<ConnectionOptions, 'schema' | 'sslMode'>> {
  /** A PEM file with the authorities to trust; the well-known ones by default. Read once, when the pool is opened. */
  readonly caFile?: string | null
}

export interface PoolOptions extends DatabaseOptions {
  /** The maximum of connections for requests. */
  readonly max?: number
  /** Whether the database may acknowledge a commit before it is on disk. */
  readonly allowLazyCommit?: boolean
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** The name of a part of the connections, by what it is for. */
export type LaneName = 'requests' | 'vital' | 'secrets'

/** A line of rows, each of which waits for a statement. */
interface Line {
  readonly waiting: number
}

export interface Pool extends Queries {
  /** For heartbeats and readiness, which must not wait behind requests. */
  readonly vital: Queries
  /** How many statements wait for a connection, and rows for a statement. */
  readonly waiting: number
  readonly statements: Readonly<Record<StatementName, StatementTimes>>
  /** The connections for requests, for heartbeats and readiness, and for secrets that anybody can guess. */
  readonly lanes: Readonly<Record<LaneName, Pick<Lane, 'size' | 'waiting'>>>
  /** Adds a line of rows that wait for a statement to `waiting`. */
  countIn(line: Line): void
  /** Looks up secrets that anybody can guess without a token, so that guesses do not keep clients waiting. */
  readonly secrets: SecretLookups
  /**
   * Resolves when the database can store a notification for good; rejects with a `Refusal` otherwise. The result is
   * remembered for a second.
   */
  check(): Promise<void>
  /** Refuses new queries, lets those in flight end within their deadlines, and closes every connection. */
  close(): Promise<void>
}

const defaultDeadlineMs = 3_000
const defaultMax = 10
const maxVital = 2
const maxStrangers = 3
/** At a thousand a second, which is slow, the last of them is served within its deadline. Of statements, or rows for one. */
export const maxWaiting = 2_000
/** A burst of callbacks to URLs that another instance issued fits in; the last of 500 is still served within its deadline. */
export const maxStrangersWaiting = 500
/** The pause before a statement is repeated grows by this each time, to a bound. */
const retryPauseStepMs = 5
const maxRetryPauseSteps = 10
/** Readiness is asked for without a token, by balancers and by anybody. */
const checkRememberedMs = 1_000

/** Opens the pool. Single statements only: with a transaction open, a dying server would take the process down. */
export function openPool({ max = defaultMax, log, caFile, allowLazyCommit = false, ...given }: PoolOptions): Pool {
  const ca = caFile ? readAuthorities(caFile) : null
  const options: ConnectionOptions = { schema: 'public', sslMode: 'disable', ...given, ca }
  const connect = (onLost: (connection: Connection) => void) => new Connection(options, onLost)
  const { now } = systemClock
  const requests = new Lane({ connect, max, maxWaiting, now })
  const vital = new Lane({ connect, max: maxVital, maxWaiting, now })
  const strangers = new Lane({ connect, max: maxStrangers, maxWaiting: maxStrangersWaiting, now })
  const lanes = [requests, vital, strangers]
  const lines: Line[] = []
  const statements = statementTimes()
  const inFlight = new Set<Promise<void>>()
  const outage = new OutageLog({
    clock: systemClock,
    log,
    failing: 'the database does not answer',
    recovered: 'the database answers again',
  })
  const crowded = new OutageLog({
    clock: systemClock,
    log,
    failing: 'the database takes no more connections: statements wait for those that are open',
    recovered: 'the database takes connections again',
  })
  let closing = false

  /** Makes do with the connections that are open: those of the lane, or those of another when it has none. */
  function makeRoom(lane: Lane, error: unknown): void {
    const fullest = lane.size > 1 ? lane : lanes.reduce((fuller, other) => (other.size > fuller.size ? other : fuller))
    fullest.shrink()
    crowded.failed(error, { connections: lanes.reduce((sum, { size }) => sum + size, 0) - 1 })
  }

  function renew(): void {
    for (const lane of lanes) lane.renew()
  }

  async function query<Row extends object>(
    lane: Lane,
    statement: Statement<Row>,
    deadlineMs: number,
  ): Promise<Rows<Row>> {
    const late = Promise.withResolvers<never>()
    const overdue = () => late.reject(new Error(`no answer within ${deadlineMs} ms`))
    // After a busy moment of this process, the answer may be there already, unread: it is read before the deadline counts.
    const timer = setTimeout(() => setImmediate(overdue), deadlineMs)
    late.promise.catch(() => {})
    let staleConnections = 0
    try {
      for (let tries = 1; ; tries++) {
        try {
          return await tryOnce(lane, statement, late.promise)
        } catch (error) {
          if (error instanceof StaleConnection && ++staleConnections === 1) continue
          if (!isRolledBack(error) && !(error instanceof NoRoom))
            throw error instanceof StaleConnection ? error.cause : error
          // Statements that met would meet again; and there is room only when a connection has been given up.
          await Promise.race([pauseUpTo(Math.min(tries, maxRetryPauseSteps) * retryPauseStepMs), late.promise])
        }
      }
    } catch (cause) {
      throw new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  async function tryOnce<Row extends object>(
    lane: Lane,
    statement: Statement<Row>,
    late: Promise<never>,
  ): Promise<Rows<Row>> {
    let connection: Connection | null = null
    try {
      connection = await lane.take(late)
      const isNew = !connection.proven
      const rows = await Promise.race([connection.run(statement), late])
      outage.worked()
      if (isNew && !lanes.some(({ isSmaller }) => isSmaller)) crowded.worked()
      return rows
    } catch (error) {
      if (connection?.proven && isLost(error)) {
        lane.renew()
        throw new StaleConnection('the connection was lost while it was idle', { cause: error })
      }
      if (connection !== null && !connection.proven && takesNoMore(error)) {
        makeRoom(lane, error)
        throw new NoRoom('the database takes no more connections', { cause: error })
      }
      if (isWrongServer(error)) renew()
      // A connection that is still usable means that the server answered, and refused the statement.
      if (connection?.usable && !isWrongServer(error)) outage.worked()
      else outage.failed(error, { operation: connection === null ? 'wait for a connection' : 'statement' })
      throw error
    } finally {
      if (connection) lane.giveBack(connection)
    }
  }

  function queries(lane: Lane, name: StatementName = 'other'): Queries {
    return {
      as: (name) => queries(lane, name),
      query(statement, deadlineMs = defaultDeadlineMs) {
        if (closing) return Promise.reject(refusal(new Error('the pool is closed')))
        if (lane.full) return Promise.reject(tooManyWait())
        const result = query(lane, statement, deadlineMs)
        statements[name].watch(now(), now, result)
        const settled: Promise<void> = result.then(leave, leave)
        function leave(): void {
          inFlight.delete(settled)
        }
        inFlight.add(settled)
        return result
      },
    }
  }

  const clients = queries(requests)
  const vitalQueries = queries(vital)
  return {
    ...clients,
    vital: vitalQueries,
    get waiting() {
      return [...lanes, ...lines].reduce((sum, { waiting }) => sum + waiting, 0)
    },
    statements,
    lanes: { requests, vital, secrets: strangers },
    countIn(line) {
      lines.push(line)
    },
    secrets: new SecretLookups({ clients, strangers: queries(strangers), clock: systemClock }),
    check: rememberFor(checkRememberedMs, () =>
      checkDatabase(vitalQueries.as('check database'), { allowLazyCommit, onReadOnly: renew }),
    ),
    async close() {
      closing = true
      while (inFlight.size > 0) await Promise.all(inFlight)
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

/** Returns `work` so that the calls of the same `ms` share one result, or one rejection. */
function rememberFor(ms: number, work: () => Promise<void>): () => Promise<void> {
  let last: { readonly at: number; readonly result: Promise<void> } | null = null
  return () => {
    const now = systemClock.now()
    if (last === null || now - last.at >= ms) last = { at: now, result: work() }
    return last.result
  }
}

/** Resolves after a random time. */
function pauseUpTo(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ms))
}

function refusal(cause: Error): Refusal {
  return new Refusal('ERROR_DB_UNEXPECTED_ERROR', { cause })
}
