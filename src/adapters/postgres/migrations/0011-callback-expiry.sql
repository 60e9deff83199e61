-- After how many seconds the notifications of this callback URL expire; null: their sender does not say.
alter table registrations add column notification_ttl_seconds int;
