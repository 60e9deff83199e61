import { isUtf8 } from 'node:buffer'
import type { PendingRow } from '../../delivery/ports.ts'
import type { Sql } from './connection.ts'

/** A row of `pending_notifications`, as `columns` reads it. */
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
  readonly createdAt: Date
}

/** What `toPendingRow` needs; the table, or what stands for it, is in scope without a name of its own. */
export const columns = (sql: Sql) => sql`
  id, given_id as "givenId", client_id as "clientId", subject, body, content_type as "contentType", encoding,
  correlation_id as "correlationId", delivery_count as "deliveryCount", created_at as "createdAt"`

/** How bytes are told to a client: as the text they are, or as base64. */
export function encodingOf(body: Uint8Array): 'base64' | null {
  return isUtf8(body) ? null : 'base64'
}

/** The row as the core knows it. Nothing of the body is lost: a byte order mark stays, too. */
export function toPendingRow(row: Row): PendingRow {
  const { id, givenId, clientId, subject, body, encoding, contentType, correlationId, createdAt } = row
  return {
    key: id,
    notification: {
      id: givenId ?? id,
      addressee: clientId,
      subject,
      body: body.toString(encoding ?? 'utf8'),
      encoding,
      contentType,
      sentAt: createdAt.toISOString(),
      correlationId,
    },
    deliveryCount: row.deliveryCount,
  }
}
