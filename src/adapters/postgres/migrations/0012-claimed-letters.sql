-- Until when an instance has this expired notification to itself, to send it to the dead-letter queue; null for nobody.
alter table pending_notifications add column letter_until timestamptz;
