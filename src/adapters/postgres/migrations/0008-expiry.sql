-- Whether expires_at is what its sender said, and not as long as notifications may wait.
alter table pending_notifications add column sender_expires boolean not null default false;
