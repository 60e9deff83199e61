-- The events that are to be sent, by their queues: those of a queue that is away may be many.
create index receipts_to_send_by_queue on receipts (receipt_to, send_at) where send_at is not null;
