-- Run after the first migration. Pending notifications, keys of relays and hashes of callback URLs stay hidden.
grant select on notifications.sessions, notifications.notifier_instances to notifications_reader;
grant select (id, queue_url, started_at, heartbeat_at, dead_at) on notifications.instances to notifications_reader;
