-- Each stands for a client's token for half a minute, once. The ticket is a secret: only its SHA-256 is here.
create table tickets (
  ticket_hash bytea primary key,
  client_id text not null,
  token_expires_at timestamptz not null,
  expires_at timestamptz not null
);

create index tickets_by_expiry on tickets (expires_at);
