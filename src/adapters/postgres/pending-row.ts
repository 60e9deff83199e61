import { isUtf8 } from 'node:buffer'
import type { PendingRow } from '../../delivery/ports.ts'
import type { Sql } from './connection.ts'
import { ms } from './sql-parts.ts'

/** A row of `pending_notifications`. */
export interface Row {
  readonly id: string
  readonly givenId: string | null
  readonly clientId: string
  readonly subject: string
  readonly body: Buffer
  readonly contentType: string | null
  readonly encoding: 'base64' | null
  readonly correlationId: string | null
  readonly deliveryCount: number
  readonly createdAtMs: number
  /** When its sender says that it was sent; null when the sender did not say. */
  readonly sentAtMs: number | null
  /** When it expires; null when its sender did not say, and it waits as long as notifications may. */
  readonly expiresAtMs: number | null
  readonly trace: string | null
  /** The queue of its receipt, an empty text for a receipt without a queue; null when no receipt was asked for. */
  readonly receiptTo: string | null
  /** The instance at which a caller waits for the acknowledgement; null for none. */
  readonly awaitedAt: string | null
}

/** A row as `columns` reads it. How PostgreSQL writes a `bytea` depends on `bytea_output`, so the body is encoded. */
export type Columns = Omit<Row, 'body' | 'createdAtMs' | 'sentAtMs' | 'expiresAtMs'> & {
  readonly base64: string
  readonly createdAtMs: string
  readonly sentAtMs: string | null
  readonly expiresAtMs: string | null
}

/** The columns of a row, unqualified. */
export const columns = (sql: Sql) => sql`
  id, given_id as "givenId", client_id as "clientId", subject, encode(body, 'base64') as base64,
  content_type as "contentType", encoding, correlation_id as "correlationId", delivery_count as "deliveryCount",
  ${ms(sql, sql`created_at`)} as "createdAtMs", ${ms(sql, sql`sent_at`)} as "sentAtMs",
  case when sender_expires then ${ms(sql, sql`expires_at`)} end as "expiresAtMs", trace,
  receipt_to as "receiptTo", awaited_at as "awaitedAt"`

/** Returns the row that was read as `columns`. */
export function readRow({ base64, createdAtMs, sentAtMs, expiresAtMs, ...row }: Columns): PendingRow {
  return toPendingRow({
    ...row,
    body: Buffer.from(base64, 'base64'),
    createdAtMs: Number(createdAtMs),
    sentAtMs: sentAtMs === null ? null : Number(sentAtMs),
    expiresAtMs: expiresAtMs === null ? null : Number(expiresAtMs),
  })
}

/** Returns how a client gets these bytes: null for text, or `base64`. */
export function encodingOf(body: Uint8Array): 'base64' | null {
  return isUtf8(body) ? null : 'base64'
}

/** Returns the row as the core knows it. The body stays complete: a byte order mark is kept, too. */
export function toPendingRow(row: Row): PendingRow {
  return pendingRow(row, row.body.toString(row.encoding ?? 'utf8'))
}

/** The same for a row whose body is known as the client gets it. */
export function pendingRow(row: Omit<Row, 'body'>, body: string): PendingRow {
  const { id, givenId, clientId, subject, encoding, contentType, correlationId, trace } = row
  const { createdAtMs, sentAtMs, expiresAtMs, receiptTo, awaitedAt } = row
  return {
    key: id,
    notification: {
      id: givenId ?? id,
      addressee: clientId,
      subject,
      body,
      encoding,
      contentType,
      sentAt: isoTime(sentAtMs ?? createdAtMs),
      correlationId,
      // Down to the whole millisecond, so that it is not handed over too late.
      ...(expiresAtMs === null ? {} : { expiresAt: new Date(Math.floor(expiresAtMs)).toISOString() }),
      ...(trace === null ? {} : { trace }),
      ...(receiptTo === null
        ? {}
        : { receipt: { to: receiptTo || null, ...(awaitedAt === null ? {} : { awaitedAt }) } }),
    },
    deliveryCount: row.deliveryCount,
  }
}

let lastMs = Number.NaN
let lastText = ''

/** Returns the time as RFC 3339. The rows of one statement have one time, so the last one is kept. */
function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastText
}
