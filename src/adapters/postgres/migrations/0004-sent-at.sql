-- When the sender says that it was sent; null for the moment at which it was stored.
alter table pending_notifications add column sent_at timestamptz;
