-- A client's permission for one task to call back. The callback id is a secret: only its SHA-256 is here.
create table registrations (
  id uuid primary key,
  callback_hash bytea not null unique,
  client_id text not null,
  subject text not null,
  correlation_id text,
  -- 0: any number.
  max_uses int not null,
  uses int not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);

create index registrations_of_client on registrations (client_id, created_at);
create index registrations_by_expiry on registrations (expires_at);

-- Accepted over HTTP, and kept until acknowledged or expired.
create table pending_notifications (
  id uuid primary key,
  -- The id that its publisher gave; null when it has no other id than this row.
  given_id text,
  client_id text not null,
  subject text not null,
  -- The bytes as they came.
  body bytea not null,
  content_type text,
  -- How the body is told to the client: base64, or null for the text that it is.
  encoding text,
  correlation_id text,
  -- How often it was handed over, or read to be.
  delivery_count int not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create index pending_notifications_of_client on pending_notifications (client_id, created_at, id);
create index pending_notifications_by_expiry on pending_notifications (expires_at);

-- The keys of notifications accepted in the last 24 hours. A row outlives the registration and the notification, so it
-- refers to neither. For ids that publishers give, registration_id is all zeros and the key is a digest of addressee and id.
create table idempotency_keys (
  registration_id uuid,
  key text,
  notification_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (registration_id, key)
);

create index idempotency_keys_by_age on idempotency_keys (created_at);
