-- The name of the queue that gets an event of the outcome, or an empty text where the sender asked for a receipt without
-- naming a queue. Null: no receipt is kept.
alter table pending_notifications add column receipt_to text;
-- When a response with it was first written; noted only where a receipt was asked for.
alter table pending_notifications add column handed_over_at timestamptz;
-- The instance at which a caller waits for the acknowledgement (`Prefer: wait`); null for none.
alter table pending_notifications add column awaited_at uuid;
-- `receipt_to` of the notifications of this callback URL.
alter table registrations add column receipt_to text;

-- The ends of notifications whose senders asked for a receipt. A notification that came through a queue has a row from its
-- first reception.
create table receipts (
  -- The SHA-256 of addressee and id.
  key bytea primary key,
  client_id text not null,
  notification_id text not null,
  -- pending, handed-over, acknowledged or expired.
  state text not null,
  -- Of an acknowledged notification: client or grace.
  acknowledged_by text,
  since timestamptz not null default now(),
  delivery_count int not null,
  -- The name of the queue that gets an event of the end; null for none.
  receipt_to text,
  -- When the event is sent next; null when it is sent, or there is none.
  send_at timestamptz,
  -- How often it was sent or tried.
  attempts int not null default 0,
  -- When the row is removed.
  expires_at timestamptz not null
);

create index receipts_by_expiry on receipts (expires_at);
create index receipts_to_send on receipts (send_at) where send_at is not null;
