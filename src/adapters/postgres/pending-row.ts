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

/** The columns that `toPendingRow` needs, unqualified. */
export const columns = (sql: Sql) => sql`
  id, given_id as "givenId", client_id as "clientId", subject, body, content_type as "contentType", encoding,
  correlation_id as "correlationId", delivery_count as "deliveryCount", created_at as "createdAt"`

/** Returns how a client gets these bytes: null for text, or `base64`. */
export function encodingOf(body: Uint8Array): 'base64' | null {
  return isUtf8(body) ? null : 'base64'
}

/** Returns the row as the core knows it. The body stays complete: a byte order mark is kept, too. */
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
