-- Something waits for the client in a queue of an instance, of which no row tells.
alter table wake_ups add column in_queue boolean not null default false;
