// Generated from api/notification-service.yaml by `npm run contract`. Change that file, not this one.

export interface paths {
    readonly "/notifications": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Wait for notifications
         * @description Answers at once when there are notifications for the client. Otherwise holds the request until a notification
         *     comes, and answers 204 when the wait ends. The token names the client; **no scope is needed**.
         *
         *     * Several polls of one client at the same time (tabs, devices) are normal. Each poll held at the client's
         *       instance is answered with the notification; the first acknowledgement settles the notification. A client may
         *       have 10 held polls (unless configured otherwise); a further poll is refused with 429, and the held polls stay.
         *     * A poll never outlives its token: the poll ends with 204 when the token expires, and the next poll needs a new
         *       token.
         *     * A poll without a `wait` of the client's own ends up to 10 % early, at random, so that clients do not all
         *       return at the same moment.
         *     * When the instance shuts down, held polls are answered with 204 and `Connection: close`: poll again, and
         *       another instance answers.
         *
         *     ### Server-sent events
         *
         *     With `Accept: text/event-stream` (and no higher preference for `application/json`) the response is a stream: each
         *     notification becomes an event as soon as it comes. The first event is `ready`; a comment follows every 15 seconds.
         *     In all else a stream is a poll: it counts as a held poll, and is acknowledged in the same two ways.
         *
         *     * The `id` of an event is a cursor. It acknowledges **everything up to that event of that stream**: as
         *       `Last-Event-ID` (or `cursor`) of the next request, or at `POST /notifications/ack`.
         *     * With `ack=next` a notification is written to a stream once, and again when its source shows it again. A client
         *       with a thousand unacknowledged notifications gets no further ones until it acknowledges some.
         *     * Without `wait` a stream stays open until its token expires. Before the service ends a stream, it sends the event
         *       `bye` with a reason: `timed-out` (`wait` is over), `expired` (the token has expired; get a new one), `restart`
         *       (another instance answers). Reconnect after as many milliseconds as `retry` says.
         *     * An `EventSource` reconnects to the same URL, whose ticket is used up by then: make a new `EventSource` with a new
         *       ticket, and send the last cursor as `cursor`.
         *     * A client that does not read is disconnected; its unacknowledged notifications are handed over again.
         *
         *     ### WebSocket
         *
         *     With `Upgrade: websocket` and the sub-protocol `notifications.v1` the stream consists of text frames of JSON:
         *
         *     | from the service | |
         *     |---|---|
         *     | `{"type":"registration","clientId":"alice"}` | the first frame; notifications may follow from here on |
         *     | `{"type":"notification","cursor":"…","notification":{…}}` | |
         *     | `{"type":"ping"}` | every 15 seconds, with a ping frame; a client that is silent for 45 seconds is disconnected |
         *     | `{"type":"bye","reason":"restart"}` | before the service closes the connection; the reasons are those above, `too-many`, `too-many-frames`, `unavailable` and `error` |
         *
         *     | from the client | |
         *     |---|---|
         *     | `{"type":"ack","cursor":"…"}` | acknowledges everything up to that notification |
         *     | `{"type":"pong"}` | the reply to a ping; other frames are ignored, a frame of more than 4 KiB ends the connection |
         *
         *     | close code | |
         *     |---|---|
         *     | 1000 | `wait` is over |
         *     | 4401 | the token has expired |
         *     | 4429 | too many polls are held; try again later |
         *     | 1008 | more than 100 frames a second, beyond one for each notification; 1000 may come at once |
         *     | 1012 | the instance is shutting down; reconnect, and another instance answers |
         *     | 1013 | a dependency of the service does not answer; try again later |
         *
         *     A bad token or parameter is refused before the upgrade, with one of the statuses below. A browser sends the origin
         *     of its page (`Origin`), which must be an allowed origin or the origin of this service.
         */
        readonly get: operations["awaitNotifications"];
        readonly put?: never;
        /**
         * Publish a notification
         * @description Stores a notification for a client, and hands the notification over at once when the client is connected.
         *     The token needs the scope **`notifications:publish`**.
         *
         *     **202 means stored**: the notification reaches the client at any instance that the client polls, or waits for the
         *     client until `ttlSeconds` have passed. The number of notifications waiting for one client is limited; beyond the
         *     limit the answer is 429.
         *
         *     A notification **expires** after `ttlSeconds` or at `expiresAt`, the earlier of the two: from then on it is never
         *     handed over, and is removed. A time that has passed already is no error, so that a repeat with the same `id` gets the
         *     same answer: the notification is accepted, and has expired.
         *
         *     With an `id` the request may be repeated: for 24 hours, and for as long as the notification is pending, a request
         *     with the same `id` for the same addressee is answered with `"duplicate":true` and stores nothing. It never
         *     replaces the stored notification. The same `id` for another addressee is another notification. In mode 2 an
         *     instance knows only what it took itself, for 24 hours, and the latest 1,000 keys of each addressee: a repeat that
         *     it does not know is in the client's queue twice, under the same id.
         *
         *     Instead of `body`, a text, a publication may have `data`, any JSON: the client then gets its compact text as `body`,
         *     with the `contentType` `application/json` unless the publication names another.
         *
         *     A **CloudEvent** (CloudEvents 1.0) is a publication too, in structured form (`application/cloudevents+json`) and in
         *     binary form (headers that begin with `ce-`; the request body is the data). Its extension attribute `addressee` names
         *     the client and its `type` is the subject. `source` and `id` together identify it, so an event that is sent again is a
         *     duplicate. An extension attribute `correlationid` is the correlation id. The extension attributes `expirytime` or
         *     `expiresat` (a time) and `ttlseconds` say when the notification expires; `receipt` and `receiptto` ask for a receipt.
         */
        readonly post: operations["publishNotification"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/notifications/batch": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Publish up to 100 notifications
         * @description Stores up to 100 notifications, which may be for different clients, and hands each over at once when its client is
         *     connected. The token needs the scope **`notifications:publish`**.
         *
         *     The answer has one result for each publication, in the order of the request: the members of the answer to a single
         *     publication and `"httpStatus":202`, or the `error` and `message` of a refusal with its status as `httpStatus`. A
         *     publication that is refused does not affect the others. Notifications for the same client are stored in their order.
         *
         *     The limit for the size of a request body holds for the whole batch. With an `id` in each publication the whole
         *     request may be repeated.
         */
        readonly post: operations["publishNotifications"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/notifications/ack": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Acknowledge notifications
         * @description Acknowledges notifications that were handed over with `ack=next`, without waiting for more. Send either the
         *     `cursor` of a response, which acknowledges exactly the notifications of that response, or up to 100 `ids`.
         *     The token names the client, and only that client's notifications are affected; **no scope is needed**.
         *
         *     Any instance accepts an acknowledgement: a cursor names the instance that issued it, and the other instances
         *     forward the acknowledgement there. In mode 2 instances do not know each other: an instance that did not issue the
         *     cursor answers with `acknowledged` 0 and deletes the cursor's notifications when its receives bring them. In mode 2
         *     ids, and cursors of streams, count only at the instance that handed the notifications over.
         *
         *     Repeating an acknowledgement is harmless, and so is an unknown cursor or id: a notification that is not
         *     acknowledged is handed over again.
         */
        readonly post: operations["acknowledgeNotifications"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/tickets": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Get a ticket to use in a URL
         * @description A ticket replaces the token of this request where no header can be sent: use it as `?ticket=…` at
         *     `GET /notifications`, at any instance, **once**, within `expiresIn` seconds. A ticket is good for nothing else. A
         *     poll or stream that was opened with a ticket ends when the token expires. **No scope is needed**.
         */
        readonly post: operations["createTicket"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/sessions/{clientId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Find the instance that serves a client
         * @description Tells a sender whether a client is online, and which queue to send the client's notifications to.
         *     The token needs the scope **`sessions:read`**.
         *
         *     A client that is not online is not an error: the answer is 200 with `online: false`. The answer holds for the
         *     moment of the request. A client may move right after; a message sent to its former instance is forwarded.
         */
        readonly get: operations["getSession"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/receipts/{addressee}/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Learn what became of a notification
         * @description Tells a sender whether a notification is pending, was handed over, was acknowledged or has expired.
         *     The token needs the scope **`notifications:publish`**.
         *
         *     A notification whose sender asked for a receipt is known from its acceptance until a day after its end (unless
         *     configured otherwise). A sender asks with the member `receipt` or `receiptTo` of a publication, with `receiptTo` of a
         *     registration, with `Prefer: wait=n`, or with the attribute `receipt` (`true`) or `receipt-to` of a message. Any other notification that
         *     was accepted over HTTP is known while it is pending; after that the answer is 404, as for an id that never existed.
         *
         *     **Handed over is not acknowledged.** `acknowledged` is said only after the client's own acknowledgement
         *     (`"by":"client"`), or, with `ack=auto`, after the time in which the connection of the response must not fail
         *     (`"by":"grace"`).
         *
         *     In mode 2 nothing is stored, and the answer is 501; `receipt-to` works in both modes.
         */
        readonly get: operations["getReceipt"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/registrations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the live registrations
         * @description Lists the registrations of the client that the token names, oldest first, without those that have expired, were
         *     revoked or are used up. The list has no callback URLs, because they are not stored. In mode 2 registrations are not
         *     stored either, and the answer is 501. **No scope is needed**.
         */
        readonly get: operations["listRegistrations"];
        readonly put?: never;
        /**
         * Register a task that may call back
         * @description Creates a callback URL for one task. A request body posted to that URL becomes a notification for the client that
         *     the token names; **no scope is needed**.
         *
         *     The URL is a secret: **it is shown once, in this response**, and only its hash is stored. Anyone who has the URL
         *     can notify this client, so give the URL to the task alone. A client can have 100 live registrations; beyond that
         *     the answer is 429 until a registration ends.
         */
        readonly post: operations["createRegistration"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/registrations/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Revoke a registration
         * @description From then on the callback URL answers 410. Callbacks that were accepted before still reach the client.
         *     A client can revoke only its own registrations; **no scope is needed**. The answer is 404 when the registration
         *     does not exist, was revoked before, or belongs to another client.
         */
        readonly delete: operations["deleteRegistration"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/wake-ups/{deviceId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Let a device be woken
         * @description Registers a device of the client that the token names, or refreshes it. When a notification is stored for the client
         *     and it holds no poll, each of its devices gets **one push without content**, at most one in 30 seconds: the device
         *     polls then. **No scope is needed**.
         *
         *     The body is a Web Push subscription as browsers and UnifiedPush distributors give it, or `{"type":"webhook","token":"…"}`
         *     for a device that the operator's own sender wakes (FCM, APNs).
         *
         *     * The endpoint of a subscription is an https URL whose host has public addresses only, without user and password,
         *       and not at this service; anything else is answered with 400. The operator may allow http and other addresses,
         *       which is meant for development.
         *     * The endpoint is a secret: anyone who has it can wake the device. It is never shown again. Since pushes have no
         *       content, nothing is encrypted for the device, and its `keys` are not stored.
         *     * A client has at most 10 devices; a further one is answered with 429. Put a device again at every start of the app: a
         *       device that was not put for 90 days is forgotten, and so is one whose push service answers 404 or 410.
         *     * In mode 2 nothing is stored, and the answer is 501. So it is where the operator has not set up this kind of device.
         */
        readonly put: operations["putWakeUp"];
        readonly post?: never;
        /**
         * Let a device sleep
         * @description Forgets a device of the client that the token names; it is not woken any more. The answer is 204 as well when the
         *     client has no such device. In mode 2 it is 501. **No scope is needed**.
         */
        readonly delete: operations["deleteWakeUp"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/callback/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Call a client back
         * @description Turns a body of any content type, up to the service's maximum (262144 bytes unless configured otherwise), into a
         *     notification for the client that registered the callback. **No token is needed: the URL is the secret.**
         *
         *     * The body is stored and handed over byte for byte: it is not parsed, and a `Content-Encoding` is not decoded. With
         *       a registration whose `forward` is `notice` it is dropped instead, and the client gets an empty body.
         *       UTF-8 reaches the client as text, other bytes as base64. The `Content-Type` is passed on if it has at most 256
         *       characters and no control characters.
         *     * **202 means stored.** After a 503, or without a response, the callback may not have been stored: call again.
         *       With an `Idempotency-Key` (or a `webhook-id`) calling again is safe: for 24 hours a request with the same key at
         *       the same URL stores nothing and is answered with the same `id` and `"duplicate":true`, even if the registration
         *       has ended in between. In mode 2 an instance knows only what it took itself, for 24 hours, and the latest 1,000
         *       keys of each client: a repeat that it does not know reaches the client twice, under the same `id`.
         *     * Every unknown id gets the same 404, whatever its form. A 410 means that the registration has expired, was
         *       revoked or is used up: do not call again. An ended registration is forgotten a week after its expiry, or
         *       earlier when a hundred later ones of its client have ended; then its id is unknown.
         *     * The answer is 429 when too many callbacks come in a short time, at this URL or for its client, and when the
         *       client already has as many pending notifications as it may.
         */
        readonly post: operations["receiveCallback"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Is this instance healthy?
         * @description Answers 200 while the instance takes new polls, and 503 while it starts or shuts down. Dependencies are not looked at:
         *     see `/health/ready`. **No token is needed**.
         */
        readonly get: operations["getHealth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Is this instance alive?
         * @description The liveness probe of an orchestrator, which restarts an instance that answers 503. An instance is alive while it
         *     shuts down, and while its database does not answer: a restart would not help. **No token is needed**.
         */
        readonly get: operations["getLiveness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Is this instance ready for new clients?
         * @description The probe of a load balancer, which sends new clients to other instances while the answer is 503. Polls that are
         *     already held are not affected. `checks` lists the dependencies of the instance, and gives the reason for each one
         *     that fails. **No token is needed**.
         */
        readonly get: operations["getReadiness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description The id of a client, as its token gives it, without control characters.
         * @example alice
         */
        readonly ClientId: string;
        /**
         * @description The id that the sender, or else the source, gave the notification. Use it to drop duplicates.
         * @example 5b2f0c4e-7d0a-4b52-9d5e-0f1f4f6c1a11
         */
        readonly NotificationId: string;
        /**
         * @description Opaque. Stands for exactly the notifications of its response. Send it back unchanged.
         * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17
         */
        readonly Cursor: string;
        readonly Notification: {
            readonly id: components["schemas"]["NotificationId"];
            readonly addressee: components["schemas"]["ClientId"];
            /**
             * @description The subject of the notification, in the sender's words.
             * @example order.shipped
             */
            readonly subject: string;
            /**
             * @description The text that was sent, unchanged; bytes that are not UTF-8 are encoded as base64 (see `encoding`).
             * @example {"order":42}
             */
            readonly body: string;
            /**
             * @description Present only when `body` is base64.
             * @enum {string}
             */
            readonly encoding?: "base64";
            /**
             * @description The media type that the sender gave; null when it gave none.
             * @example application/json
             */
            readonly contentType: string | null;
            /**
             * Format: date-time
             * @description The time at which the notification was sent, in UTC.
             * @example 2026-11-21T20:15:03.120Z
             */
            readonly sentAt: string;
            /** @description How often the source has shown the notification, this time included. Above 1 it may be a duplicate. */
            readonly deliveryCount: number;
            /**
             * @description The id of something that the notification belongs to, such as a job; null when the sender gave none.
             * @example job-17
             */
            readonly correlationId: string | null;
            /**
             * Format: date-time
             * @description The time, in UTC, after which the notification is not handed over any more. Present only when the sender gave it.
             * @example 2026-11-21T21:15:03.120Z
             */
            readonly expiresAt?: string;
        };
        readonly Notifications: {
            readonly notifications: readonly components["schemas"]["Notification"][];
            readonly cursor: components["schemas"]["Cursor"];
            /** @description Whether more notifications are waiting; the next poll is then answered at once. */
            readonly more: boolean;
        };
        /**
         * @description Server-sent events (WHATWG HTML, 9.2) in UTF-8. The data of an event without a name is a notification, the data of
         *     `ready` is `{"clientId":"…"}`, and the data of `bye` is `{"reason":"…"}`.
         */
        readonly EventStream: string;
        readonly Ticket: {
            /**
             * @description Opaque. Can be put into a URL without encoding.
             * @example c2VhbGVkLW9yLXJhbmRvbS10aGlydHktdHdvLWJ5dGU
             */
            readonly ticket: string;
            /**
             * @description Seconds within which the ticket must be used; less than 30 when the token expires earlier.
             * @example 30
             */
            readonly expiresIn: number;
        };
        /** @description Either the cursor of a response, or ids of notifications. The other member is absent or null. */
        readonly Acknowledgement: {
            /**
             * @description The cursor of a response, unchanged.
             * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17
             */
            readonly cursor?: string | null;
            /** @description Ids of notifications. */
            readonly ids?: readonly components["schemas"]["NotificationId"][] | null;
        } & ({
            readonly cursor: string;
        } | {
            readonly ids: readonly components["schemas"]["NotificationId"][];
        });
        readonly Acknowledged: {
            /** @description The number of notifications that this request acknowledged. */
            readonly acknowledged: number;
            /** @description The ids of the request that match no unacknowledged notification of the client. */
            readonly unknown: readonly components["schemas"]["NotificationId"][];
        };
        /**
         * @description The subject of the notification, in the sender's words, without control characters.
         * @example report.done
         */
        readonly Subject: string;
        /**
         * @description The id of something that the notification belongs to, such as a job, without control characters.
         * @example job-17
         */
        readonly CorrelationId: string | null;
        /**
         * @description `addressee`, `subject` and either `body` or `data` are required. The other members are optional; null means that a
         *     member is absent. JSON in which an object has a member twice, or that is nested deeper than 100, is refused.
         */
        readonly Publication: {
            readonly addressee: components["schemas"]["ClientId"];
            readonly subject: components["schemas"]["Subject"];
            /**
             * @description The text that the client gets, unchanged. It may be empty.
             * @example {"order":42}
             */
            readonly body?: string | null;
            /**
             * @description Any JSON but null, instead of `body`: the client gets its compact text, with numbers and escapes as they were
             *     written.
             * @example {
             *       "order": 42
             *     }
             */
            readonly data?: unknown;
            /**
             * @description The media type of the body; with `data`, `application/json` when absent.
             * @example application/json
             */
            readonly contentType?: string | null;
            /**
             * @description The id of the notification, unique for this addressee; a new UUID when absent or null. The client gets it unchanged.
             * @example 5b2f0c4e-7d0a-4b52-9d5e-0f1f4f6c1a11
             */
            readonly id?: string | null;
            readonly correlationId?: components["schemas"]["CorrelationId"];
            /**
             * @description How long the notification waits for its addressee; after that it is never handed over. The service's maximum is
             *     604800, seven days, unless configured otherwise; without `ttlSeconds`, mode 1 keeps a notification for as long,
             *     and mode 2 for as long as the client's queue does.
             * @example 3600
             */
            readonly ttlSeconds?: number | null;
            /**
             * @description The time after which the notification is never handed over: RFC 3339, or ISO 8601 with date, time and offset. With
             *     `ttlSeconds` as well, the earlier of the two counts.
             * @example 2026-11-21T21:15:03.120Z
             */
            readonly expiresAt?: string | null;
            /**
             * @description Whether `GET /receipts/{addressee}/{id}` still knows the notification after its end. No receipt is kept when absent.
             * @example true
             */
            readonly receipt?: boolean | null;
            /**
             * @description The name of a queue, among those that the operator has set in `RECEIPT_QUEUES`, that gets a CloudEvent when the
             *     notification is acknowledged (`notification.acknowledged`), expires (`notification.expired`), or is found in the
             *     dead-letter queue (`notification.dead-lettered`): its `subject` is the notification's id, its `data` the receipt. An
             *     event may come more than once, with the same `source` and `id`.
             * @example orders
             */
            readonly receiptTo?: string | null;
        };
        readonly PublicationBatch: {
            /** @description Each entry is a publication. An entry that is none gets a result with the status 400. */
            readonly notifications: readonly (components["schemas"]["Publication"] | unknown)[];
        };
        /**
         * @description A CloudEvent of version 1.0 in JSON. Attributes that are not listed here are accepted and ignored. At most one of
         *     `data` and `data_base64` may be present.
         */
        readonly CloudEvent: {
            /** @constant */
            readonly specversion: "1.0";
            readonly id: string;
            readonly source: string;
            /** @description The subject of the notification. */
            readonly type: components["schemas"]["Subject"];
            readonly addressee: components["schemas"]["ClientId"];
            /** @description The `sentAt` of the notification (RFC 3339); the moment of publication when absent or in another form. */
            readonly time?: string | null;
            /** @description The `contentType` of the notification. */
            readonly datacontenttype?: string | null;
            readonly correlationid?: components["schemas"]["CorrelationId"];
            /** @description The time at which the notification expires. */
            readonly expirytime?: unknown;
            /** @description The same as `expirytime`. */
            readonly expiresat?: unknown;
            /** @description After how many seconds the notification expires. */
            readonly ttlseconds?: unknown;
            /**
             * @description `true`: `GET /receipts/{addressee}/{id}` still knows the notification after its end; its id is in the response.
             *     Anything else asks for no receipt.
             */
            readonly receipt?: unknown;
            /** @description The name of a queue that gets the events of what becomes of the notification, as with a publication. */
            readonly receiptto?: string | null;
            /** @description The body of the notification, a text as it is and other JSON as compact text. */
            readonly data?: unknown;
            /** @description The body of the notification as base64. */
            readonly data_base64?: string | null;
        };
        /** @description The outcome of one publication of a batch. */
        readonly PublicationResult: {
            /** @constant */
            readonly httpStatus: 202;
            readonly id: components["schemas"]["NotificationId"];
            /** @enum {string} */
            readonly status: "live" | "pending" | "queued";
            readonly duplicate: boolean;
        } | {
            /** @enum {integer} */
            readonly httpStatus: 400 | 413 | 429 | 500 | 503;
            readonly error: components["schemas"]["ErrorCode"];
            readonly message: string;
        };
        readonly PublicationAcknowledged: {
            readonly id: components["schemas"]["NotificationId"];
            /** @constant */
            readonly status: "acknowledged";
            /** @description Whether an earlier request with the same key or id was accepted. */
            readonly duplicate: boolean;
        };
        readonly Accepted: {
            readonly id: components["schemas"]["NotificationId"];
            /**
             * @description `live`: the client was connected to an instance at that moment. `pending`: the client was not connected, and gets
             *     the notification at its next poll. `queued`: the notification is in the client's queue (mode 2).
             * @enum {string}
             */
            readonly status: "live" | "pending" | "queued";
            /** @description Whether an earlier request with the same key or id was accepted. */
            readonly duplicate: boolean;
        };
        /** @description Every member is optional; null means that it is absent. */
        readonly NewRegistration: {
            /**
             * @description The subject of the notifications; `callback` when absent.
             * @example report.done
             */
            readonly subject?: string | null;
            /**
             * @description How long the callback URL is valid; one day when absent.
             * @example 3600
             */
            readonly ttlSeconds?: number | null;
            /**
             * @description The maximum number of callbacks; 0, the default, means no limit.
             * @example 1
             */
            readonly maxUses?: number | null;
            readonly correlationId?: components["schemas"]["CorrelationId"];
            /**
             * @description `data`, the default: the client gets the body that the task posts. `notice`: the client gets the notification with
             *     the subject, the correlation id and the content type, and an empty body; the posted body is not stored.
             * @example notice
             * @enum {string|null}
             */
            readonly forward?: "data" | "notice" | null;
            /**
             * @description The name of a queue that gets the events of what becomes of each callback, as with a publication.
             * @example orders
             */
            readonly receiptTo?: string | null;
            /**
             * @description After how many seconds the notification of each callback expires, counted from when it is posted: it is never handed
             *     over after that. The maximum is that of `ttlSeconds` of a publication; no notification expires when absent. The
             *     member `ttlSeconds` is about the callback URL.
             * @example 600
             */
            readonly notificationTtlSeconds?: number | null;
        };
        /** @description A Web Push subscription, or a device that the operator's sender wakes. */
        readonly WakeUpDevice: components["schemas"]["WebPushSubscription"] | components["schemas"]["WebhookDevice"];
        /** @description A subscription of RFC 8030, in the form of `PushSubscription.toJSON()`. Members that are not listed here are ignored. */
        readonly WebPushSubscription: {
            /**
             * @description May be absent.
             * @constant
             */
            readonly type?: "web-push";
            /**
             * @description The https URL at which the push service takes pushes for the device.
             * @example https://push.example.org/send/8d5a1c77-3c0e-4a0f
             */
            readonly endpoint: string;
            /** @description Ignored. */
            readonly expirationTime?: number | null;
            /** @description The keys of RFC 8291. Pushes have no content, so that the keys are not used, and not stored. */
            readonly keys: {
                /**
                 * @description The public key of the device, in base64url.
                 * @example BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4
                 */
                readonly p256dh: string;
                /**
                 * @description The authentication secret of the device, in base64url.
                 * @example BTBZMqHH6r4Tts7J_aSIgg
                 */
                readonly auth: string;
            };
        };
        readonly WebhookDevice: {
            /**
             * @description The operator's webhook is called with the token.
             * @constant
             */
            readonly type: "webhook";
            /**
             * @description The token by which the operator's sender knows the device, such as a registration token of FCM.
             * @example fMEP0vJqS9y7
             */
            readonly token: string;
        };
        readonly RegistrationMembers: {
            /**
             * Format: uuid
             * @description The id of the registration, to revoke it with. It is not the id in the callback URL.
             * @example 3f2b8a4c-90b1-4c55-a1de-5c6f5f0f7a21
             */
            readonly id: string;
            readonly subject: components["schemas"]["Subject"];
            readonly correlationId: components["schemas"]["CorrelationId"];
            /**
             * Format: date-time
             * @description The time at which the callback URL expires, in UTC.
             * @example 2026-11-21T21:15:03.120Z
             */
            readonly expiresAt: string;
            /** @description The maximum number of callbacks; 0 means no limit. */
            readonly maxUses: number;
            /** @description The number of callbacks that were accepted. Duplicates do not count. */
            readonly uses: number;
        };
        readonly Registration: {
            /**
             * Format: date-time
             * @description The time at which the registration was created, in UTC.
             * @example 2026-11-21T20:15:03.120Z
             */
            readonly createdAt: string;
        } & components["schemas"]["RegistrationMembers"];
        readonly CreatedRegistration: {
            /**
             * Format: uri
             * @description The URL at which the task calls back. It is a secret, and is shown only in this response.
             * @example https://notifications.example.org/callback/d2c1e0f4-9a77-4f6b-8a54-1b7a0f3e6c90
             */
            readonly callbackUrl: string;
            /**
             * @description Whether the client gets the posted body, or an empty one.
             * @enum {string}
             */
            readonly forward: "data" | "notice";
        } & components["schemas"]["RegistrationMembers"];
        readonly Registrations: {
            readonly registrations: readonly components["schemas"]["Registration"][];
        };
        /**
         * @description In mode 1 each instance has a queue, in mode 2 each client.
         * @enum {integer}
         */
        readonly Mode: 1 | 2;
        /**
         * Format: uuid
         * @description The id of an instance.
         * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10
         */
        readonly InstanceId: string;
        readonly Receipt: {
            readonly id: components["schemas"]["NotificationId"];
            readonly addressee: components["schemas"]["ClientId"];
            /**
             * @description `pending`: no response with the notification is known to have been written. `handed-over`: a response with it
             *     was written; whether the client got it is not known. `acknowledged`: it was acknowledged. `expired`: it was not
             *     acknowledged in time, and is handed over no more.
             * @enum {string}
             */
            readonly state: "pending" | "handed-over" | "acknowledged" | "expired";
            /**
             * Format: date-time
             * @description The time at which the notification got this state, in UTC.
             * @example 2026-11-21T20:15:04.020Z
             */
            readonly since: string;
            /**
             * @description How often the notification was read to be handed over.
             * @example 1
             */
            readonly deliveryCount: number;
            /**
             * @description Present when the state is `acknowledged`. `client`: the client acknowledged the notification itself. `grace`: its
             *     response was written and the connection did not fail in the time after (`ack=auto`).
             * @enum {string}
             */
            readonly by?: "client" | "grace";
        };
        readonly Session: {
            readonly clientId: components["schemas"]["ClientId"];
            /** @description Whether the client is polling, or polled a moment ago. */
            readonly online: boolean;
            readonly mode: components["schemas"]["Mode"];
            /**
             * Format: uuid
             * @description The instance that serves the client; null when none does, and in mode 2 also when another instance does.
             */
            readonly instanceId: string | null;
            /**
             * Format: uri
             * @description The queue to send to. In mode 1 it is the queue of the instance, or null when the client is not online; in mode 2
             *     it is always the client's own queue.
             */
            readonly queueUrl: string | null;
        };
        readonly HealthMembers: {
            /**
             * @description `draining`: the instance is shutting down and takes no new polls. `unavailable`: the instance is starting, or a
             *     dependency does not answer.
             * @enum {string}
             */
            readonly status: "ok" | "draining" | "unavailable";
            readonly instanceId: components["schemas"]["InstanceId"];
            readonly mode: components["schemas"]["Mode"];
            /**
             * @description The version of the service.
             * @example 0.1.0
             */
            readonly version: string;
            /** @description The number of polls that the instance holds at this moment. */
            readonly heldPolls: number;
            /** @description The seconds since the instance started. */
            readonly uptimeSeconds: number;
        };
        readonly ReadinessMembers: {
            /**
             * @description The dependencies of the instance by name; the value is `ok`, or the reason why the dependency fails.
             * @example {
             *       "database": "ok",
             *       "queue": "ok"
             *     }
             */
            readonly checks: {
                readonly [key: string]: string;
            };
        };
        readonly ErrorMembers: {
            readonly error: components["schemas"]["ErrorCode"];
            /** @description A sentence for people. Its wording may change. */
            readonly message: string;
            /** @description The trace id of the request, as in the header `trace-id`. */
            readonly context: string;
        };
        readonly Health: components["schemas"]["HealthMembers"];
        readonly NotHealthy: components["schemas"]["HealthMembers"] & components["schemas"]["ErrorMembers"];
        readonly Readiness: components["schemas"]["HealthMembers"] & components["schemas"]["ReadinessMembers"];
        readonly NotReady: components["schemas"]["HealthMembers"] & components["schemas"]["ReadinessMembers"] & components["schemas"]["ErrorMembers"];
        readonly Error: components["schemas"]["ErrorMembers"];
        /**
         * @description The kind of error, for programs. The same kind always has the same status.
         * @enum {string}
         */
        readonly ErrorCode: "ERROR_INVALID_ARGUMENT" | "ERROR_INVALID_JWT" | "ERROR_INVALID_SIGNATURE" | "ERROR_TOKEN_EXPIRED" | "ERROR_TOKEN_PROCESSABLE" | "ERROR_FORBIDDEN" | "ERROR_NOT_FOUND" | "ERROR_METHOD_NOT_ALLOWED" | "ERROR_REQUEST_TIMEOUT" | "ERROR_GONE" | "ERROR_CONTENT_TOO_LONG" | "ERROR_URI_TOO_LONG" | "ERROR_TOO_MANY_REQUESTS" | "ERROR_HEADERS_TOO_LARGE" | "ERROR_INTERNAL_SERVER_ERROR" | "ERROR_NOT_IMPLEMENTED" | "ERROR_DRAINING" | "ERROR_OVERLOADED" | "ERROR_DB_UNEXPECTED_ERROR" | "ERROR_SQS_UNEXPECTED_ERROR" | "ERROR_KEYS_UNAVAILABLE";
    };
    responses: {
        /** @description A parameter or a member of the body is not allowed; `message` says which. */
        readonly InvalidArgument: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The token is missing or not accepted. Get a new token before trying again. */
        readonly Unauthorized: {
            headers: {
                readonly "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The token is accepted, but lacks the scope that the operation needs. */
        readonly Forbidden: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A browser opens a WebSocket from a page whose origin the operator has not allowed. */
        readonly OriginNotAllowed: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The client has acknowledged the notification, within the wait that `Prefer` asked for. */
        readonly PublicationAcknowledged: {
            headers: {
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "Preference-Applied": components["headers"]["PreferenceApplied"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["PublicationAcknowledged"];
            };
        };
        /**
         * @description The notification is stored. `live`: the client was connected at that moment and is being handed the notification.
         *     `pending`: the client gets the notification at its next poll.
         */
        readonly Accepted: {
            headers: {
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "Preference-Applied": components["headers"]["WaitOver"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Accepted"];
            };
        };
        /** @description One result for each publication, in the order of the request. */
        readonly PublicationResults: {
            headers: {
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": {
                    readonly results: readonly components["schemas"]["PublicationResult"][];
                };
            };
        };
        /** @description The path or the id is not known to this caller. */
        readonly NotFound: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The path does not support this method; `Allow` lists the methods that it supports. */
        readonly MethodNotAllowed: {
            headers: {
                readonly Allow: components["headers"]["Allow"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The registration has expired, was revoked or is used up. Do not call again. */
        readonly Gone: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The operation is not available in this mode, or not configured. */
        readonly NotImplemented: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is larger than the service accepts. */
        readonly ContentTooLong: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The request did not arrive completely in time. The connection is closed. */
        readonly RequestTimeout: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The URL is longer than the service accepts. */
        readonly UriTooLong: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The headers are larger than the service accepts. The connection is closed. */
        readonly HeadersTooLarge: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description The client has as many held polls, live registrations, devices or pending notifications as it may have, the instance holds
         *     as many polls as it may, too many requests came in a short time, or too many requests of this connection are
         *     unanswered; then the connection is closed. Earlier requests are not affected.
         */
        readonly TooManyRequests: {
            headers: {
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The request failed because of a fault in the service. Look for the trace id in its log. */
        readonly InternalServerError: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description The instance is shutting down or overloaded, or a dependency does not answer. The condition is temporary: try again
         *     after `Retry-After` seconds.
         */
        readonly Unavailable: {
            headers: {
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The instance is healthy. */
        readonly Healthy: {
            headers: {
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Health"];
            };
        };
        /** @description The instance is not healthy. The body has the members of an error too, for programs that only read errors. */
        readonly Unhealthy: {
            headers: {
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["NotHealthy"];
            };
        };
    };
    parameters: {
        /**
         * @description Seconds to wait for a notification when there is none yet; with 0 the answer comes at once. A value above the
         *     service's maximum (600 unless configured otherwise) is reduced to the maximum. Without `wait` the header `Prefer`
         *     applies, and without either the service's default (25 unless configured otherwise). The header
         *     `Preference-Applied` of the response gives the wait that was applied.
         * @example 30
         */
        readonly Wait: number;
        /**
         * @description `wait=n` (RFC 7240) means the same as the query parameter `wait`, which takes precedence. Other preferences are
         *     ignored.
         * @example wait=30
         */
        readonly Prefer: string;
        /**
         * @description With `wait=n` (RFC 7240) the answer is held for up to n seconds until the client has acknowledged the notification:
         *     200 with the status `acknowledged`. After n seconds the answer is the usual 202; the notification is stored either
         *     way, and a caller that hangs up changes nothing. More than 30 is reduced to 30; `wait=0` does not wait. A caller that waits
         *     asks for a receipt, too. `Preference-Applied` of the response gives the wait that was applied; it is absent where the
         *     service does not wait: in mode 2, while the instance shuts down, and when too many callers wait already. Other
         *     preferences are ignored.
         * @example wait=10
         */
        readonly PreferAcknowledged: string;
        /**
         * @description The maximum number of notifications in one response. If more are waiting, the response has `"more":true`.
         * @example 20
         */
        readonly Limit: number;
        /**
         * @description How the notifications of this response are acknowledged: by the service once they seem to have arrived (`auto`),
         *     or by the client with its next request (`next`).
         * @example next
         */
        readonly Ack: "auto" | "next";
        /**
         * @description The `cursor` of the last response: acknowledges exactly the notifications of that response, before waiting for
         *     more. An unknown cursor is not an error; the notifications that are not acknowledged are handed over again.
         * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17
         */
        readonly Cursor: components["schemas"]["Cursor"];
        /**
         * @description The `id` of the last event, as a client of server-sent events sends it when it reconnects. It means the same as
         *     `cursor`, which takes precedence.
         * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17-1
         */
        readonly LastEventId: string;
        /**
         * @description The id of the client, percent-encoded.
         * @example alice
         */
        readonly ClientId: components["schemas"]["ClientId"];
        /**
         * @description The client id that the notification is for, percent-encoded.
         * @example alice
         */
        readonly Addressee: components["schemas"]["ClientId"];
        /**
         * @description The id of the notification, percent-encoded.
         * @example order-42
         */
        readonly NotificationId: components["schemas"]["NotificationId"];
        /**
         * @description The client's own name of the device, percent-encoded; each client has its own devices.
         * @example phone-1
         */
        readonly DeviceId: string;
        /**
         * @description The id of the registration, which is not the id in its callback URL.
         * @example 3f2b8a4c-90b1-4c55-a1de-5c6f5f0f7a21
         */
        readonly RegistrationId: string;
        /**
         * @description The secret part of the callback URL.
         * @example d2c1e0f4-9a77-4f6b-8a54-1b7a0f3e6c90
         */
        readonly CallbackId: string;
        /**
         * @description Makes it safe to call again: the same key at the same URL is accepted once in 24 hours, in mode 2 by each
         *     instance and as long as it is among the latest 1,000 keys of its client. Keys are compared
         *     character by character. A key has at most 256 characters and no control characters; an empty key counts as none.
         * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
         */
        readonly IdempotencyKey: string;
        /**
         * @description The idempotency key of senders of Standard Webhooks; `Idempotency-Key` takes precedence.
         * @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W
         */
        readonly WebhookId: string;
        /**
         * @description Makes the request a CloudEvent in binary form. Other versions than 1.0 are refused.
         * @example 1.0
         */
        readonly CloudEventSpecVersion: string;
        /**
         * @description The id of a CloudEvent in binary form. As in every header of a CloudEvent, characters may be percent-encoded.
         * @example order-42-shipped
         */
        readonly CloudEventId: string;
        /**
         * @description The source of a CloudEvent in binary form.
         * @example /orders
         */
        readonly CloudEventSource: string;
        /**
         * @description The type of a CloudEvent in binary form, which is the subject of the notification.
         * @example order.shipped
         */
        readonly CloudEventType: string;
        /**
         * @description When a CloudEvent in binary form was sent (RFC 3339); another form counts as absent.
         * @example 2026-11-21T20:15:03.120Z
         */
        readonly CloudEventTime: string;
        /**
         * @description The client id that a CloudEvent in binary form is for.
         * @example alice
         */
        readonly CloudEventAddressee: string;
        /**
         * @description The correlation id of a CloudEvent in binary form.
         * @example job-17
         */
        readonly CloudEventCorrelationId: string;
        /**
         * @description The time at which the notification of a CloudEvent in binary form expires.
         * @example 2026-11-21T21:15:03.120Z
         */
        readonly CloudEventExpiryTime: string;
        /**
         * @description The same as `ce-expirytime`.
         * @example 2026-11-21T21:15:03.120Z
         */
        readonly CloudEventExpiresAt: string;
        /**
         * @description After how many seconds the notification of a CloudEvent in binary form expires.
         * @example 3600
         */
        readonly CloudEventTtlSeconds: string;
        /**
         * @description `true`: `GET /receipts/{addressee}/{id}` still knows the notification of a CloudEvent in binary form after its end.
         * @example true
         */
        readonly CloudEventReceipt: string;
        /**
         * @description The name of a queue of `RECEIPT_QUEUES` that gets the events of what becomes of a CloudEvent in binary form.
         * @example orders
         */
        readonly CloudEventReceiptTo: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description No cache may keep the response, because notifications are for one client, once.
         * @example no-store
         */
        readonly NoStore: "no-store";
        /**
         * @description No cache may keep the response, because notifications are for one client, once; no proxy may change a stream.
         * @example no-store
         */
        readonly NoStoreOrChange: "no-store" | "no-store, no-transform";
        /**
         * @description Asks a proxy such as nginx to pass a stream on without buffering. Sent with streams only.
         * @example no
         */
        readonly NoBuffering: "no";
        /**
         * @description The only sub-protocol that the service speaks.
         * @example notifications.v1
         */
        readonly WebSocketProtocol: "notifications.v1";
        /**
         * @description No cache may keep the response, because it holds a secret.
         * @example no-store
         */
        readonly SecretNoStore: "no-store";
        /**
         * @description The methods that the path supports.
         * @example POST
         */
        readonly Allow: string;
        /**
         * @description No cache may keep the response, because it holds for the moment only.
         * @example no-store
         */
        readonly CacheControl: string;
        /**
         * @description The wait for an acknowledgement that is over, in seconds; absent when the request did not wait.
         * @example wait=10
         */
        readonly WaitOver: string;
        /**
         * @description The wait that was applied, in seconds, be it from the query, from `Prefer` or the default.
         * @example wait=30
         */
        readonly PreferenceApplied: string;
        /**
         * @description The trace id of the request, which is in every log line about the request.
         * @example 4bf92f3577b34da6a3ce929d0e0e4736
         */
        readonly TraceId: string;
        /**
         * @description The kind of token that is required, and the fault of the token that was sent (RFC 6750).
         * @example Bearer error="invalid_token", error_description="The token has expired"
         */
        readonly WwwAuthenticate: string;
        /**
         * @description Seconds to wait before trying again.
         * @example 1
         */
        readonly RetryAfter: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly awaitNotifications: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description Seconds to wait for a notification when there is none yet; with 0 the answer comes at once. A value above the
                 *     service's maximum (600 unless configured otherwise) is reduced to the maximum. Without `wait` the header `Prefer`
                 *     applies, and without either the service's default (25 unless configured otherwise). The header
                 *     `Preference-Applied` of the response gives the wait that was applied.
                 * @example 30
                 */
                readonly wait?: components["parameters"]["Wait"];
                /**
                 * @description The maximum number of notifications in one response. If more are waiting, the response has `"more":true`.
                 * @example 20
                 */
                readonly limit?: components["parameters"]["Limit"];
                /**
                 * @description How the notifications of this response are acknowledged: by the service once they seem to have arrived (`auto`),
                 *     or by the client with its next request (`next`).
                 * @example next
                 */
                readonly ack?: components["parameters"]["Ack"];
                /**
                 * @description The `cursor` of the last response: acknowledges exactly the notifications of that response, before waiting for
                 *     more. An unknown cursor is not an error; the notifications that are not acknowledged are handed over again.
                 * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17
                 */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: {
                /**
                 * @description `wait=n` (RFC 7240) means the same as the query parameter `wait`, which takes precedence. Other preferences are
                 *     ignored.
                 * @example wait=30
                 */
                readonly Prefer?: components["parameters"]["Prefer"];
                /**
                 * @description The `id` of the last event, as a client of server-sent events sends it when it reconnects. It means the same as
                 *     `cursor`, which takes precedence.
                 * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17-1
                 */
                readonly "Last-Event-ID"?: components["parameters"]["LastEventId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The connection is a WebSocket now. */
            readonly 101: {
                headers: {
                    readonly "Sec-WebSocket-Protocol": components["headers"]["WebSocketProtocol"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Notifications, oldest first. With `ack=next` they wait for the client's acknowledgement, and are handed over
             *     again at every poll that does not carry the `cursor`. Or a stream begins, which a proxy must neither buffer
             *     nor change.
             */
            readonly 200: {
                headers: {
                    readonly "Cache-Control": components["headers"]["NoStoreOrChange"];
                    readonly "X-Accel-Buffering": components["headers"]["NoBuffering"];
                    readonly "Preference-Applied": components["headers"]["PreferenceApplied"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Notifications"];
                    readonly "text/event-stream": components["schemas"]["EventStream"];
                };
            };
            /** @description The wait ended, or the instance is shutting down. There is no notification for the client; poll again. */
            readonly 204: {
                headers: {
                    readonly "Cache-Control": components["headers"]["NoStore"];
                    readonly "Preference-Applied": components["headers"]["PreferenceApplied"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["OriginNotAllowed"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly publishNotification: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Makes the request a CloudEvent in binary form. Other versions than 1.0 are refused.
                 * @example 1.0
                 */
                readonly "ce-specversion"?: components["parameters"]["CloudEventSpecVersion"];
                /**
                 * @description The id of a CloudEvent in binary form. As in every header of a CloudEvent, characters may be percent-encoded.
                 * @example order-42-shipped
                 */
                readonly "ce-id"?: components["parameters"]["CloudEventId"];
                /**
                 * @description The source of a CloudEvent in binary form.
                 * @example /orders
                 */
                readonly "ce-source"?: components["parameters"]["CloudEventSource"];
                /**
                 * @description The type of a CloudEvent in binary form, which is the subject of the notification.
                 * @example order.shipped
                 */
                readonly "ce-type"?: components["parameters"]["CloudEventType"];
                /**
                 * @description When a CloudEvent in binary form was sent (RFC 3339); another form counts as absent.
                 * @example 2026-11-21T20:15:03.120Z
                 */
                readonly "ce-time"?: components["parameters"]["CloudEventTime"];
                /**
                 * @description The client id that a CloudEvent in binary form is for.
                 * @example alice
                 */
                readonly "ce-addressee"?: components["parameters"]["CloudEventAddressee"];
                /**
                 * @description The correlation id of a CloudEvent in binary form.
                 * @example job-17
                 */
                readonly "ce-correlationid"?: components["parameters"]["CloudEventCorrelationId"];
                /**
                 * @description The time at which the notification of a CloudEvent in binary form expires.
                 * @example 2026-11-21T21:15:03.120Z
                 */
                readonly "ce-expirytime"?: components["parameters"]["CloudEventExpiryTime"];
                /**
                 * @description The same as `ce-expirytime`.
                 * @example 2026-11-21T21:15:03.120Z
                 */
                readonly "ce-expiresat"?: components["parameters"]["CloudEventExpiresAt"];
                /**
                 * @description After how many seconds the notification of a CloudEvent in binary form expires.
                 * @example 3600
                 */
                readonly "ce-ttlseconds"?: components["parameters"]["CloudEventTtlSeconds"];
                /**
                 * @description `true`: `GET /receipts/{addressee}/{id}` still knows the notification of a CloudEvent in binary form after its end.
                 * @example true
                 */
                readonly "ce-receipt"?: components["parameters"]["CloudEventReceipt"];
                /**
                 * @description The name of a queue of `RECEIPT_QUEUES` that gets the events of what becomes of a CloudEvent in binary form.
                 * @example orders
                 */
                readonly "ce-receiptto"?: components["parameters"]["CloudEventReceiptTo"];
                /**
                 * @description With `wait=n` (RFC 7240) the answer is held for up to n seconds until the client has acknowledged the notification:
                 *     200 with the status `acknowledged`. After n seconds the answer is the usual 202; the notification is stored either
                 *     way, and a caller that hangs up changes nothing. More than 30 is reduced to 30; `wait=0` does not wait. A caller that waits
                 *     asks for a receipt, too. `Preference-Applied` of the response gives the wait that was applied; it is absent where the
                 *     service does not wait: in mode 2, while the instance shuts down, and when too many callers wait already. Other
                 *     preferences are ignored.
                 * @example wait=10
                 */
                readonly Prefer?: components["parameters"]["PreferAcknowledged"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["Publication"];
                readonly "application/cloudevents+json": components["schemas"]["CloudEvent"];
                readonly "*/*": unknown;
            };
        };
        readonly responses: {
            readonly 200: components["responses"]["PublicationAcknowledged"];
            readonly 202: components["responses"]["Accepted"];
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly publishNotifications: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PublicationBatch"];
            };
        };
        readonly responses: {
            readonly 200: components["responses"]["PublicationResults"];
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly acknowledgeNotifications: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["Acknowledgement"];
            };
        };
        readonly responses: {
            /** @description The number of notifications that this request acknowledged, and the ids that are not known (any more). */
            readonly 200: {
                headers: {
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Acknowledged"];
                };
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly createTicket: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A ticket, which is a secret until it is used. */
            readonly 201: {
                headers: {
                    readonly "Cache-Control": components["headers"]["SecretNoStore"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Ticket"];
                };
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 501: components["responses"]["NotImplemented"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly getSession: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description The id of the client, percent-encoded.
                 * @example alice
                 */
                readonly clientId: components["parameters"]["ClientId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The session of the client. */
            readonly 200: {
                headers: {
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Session"];
                };
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly getReceipt: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description The client id that the notification is for, percent-encoded.
                 * @example alice
                 */
                readonly addressee: components["parameters"]["Addressee"];
                /**
                 * @description The id of the notification, percent-encoded.
                 * @example order-42
                 */
                readonly id: components["parameters"]["NotificationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The receipt. */
            readonly 200: {
                headers: {
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Receipt"];
                };
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 501: components["responses"]["NotImplemented"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly listRegistrations: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The live registrations. */
            readonly 200: {
                headers: {
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Registrations"];
                };
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 501: components["responses"]["NotImplemented"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly createRegistration: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewRegistration"];
            };
        };
        readonly responses: {
            /** @description The registration. The callback URL is not shown again. */
            readonly 201: {
                headers: {
                    readonly "Cache-Control": components["headers"]["SecretNoStore"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CreatedRegistration"];
                };
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 501: components["responses"]["NotImplemented"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly deleteRegistration: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description The id of the registration, which is not the id in its callback URL.
                 * @example 3f2b8a4c-90b1-4c55-a1de-5c6f5f0f7a21
                 */
                readonly id: components["parameters"]["RegistrationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The registration is revoked. */
            readonly 204: {
                headers: {
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 404: components["responses"]["NotFound"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 501: components["responses"]["NotImplemented"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly putWakeUp: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description The client's own name of the device, percent-encoded; each client has its own devices.
                 * @example phone-1
                 */
                readonly deviceId: components["parameters"]["DeviceId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["WakeUpDevice"];
            };
        };
        readonly responses: {
            /** @description The device is registered. */
            readonly 204: {
                headers: {
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 501: components["responses"]["NotImplemented"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly deleteWakeUp: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description The client's own name of the device, percent-encoded; each client has its own devices.
                 * @example phone-1
                 */
                readonly deviceId: components["parameters"]["DeviceId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The client has no such device any more. */
            readonly 204: {
                headers: {
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 501: components["responses"]["NotImplemented"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly receiveCallback: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Makes it safe to call again: the same key at the same URL is accepted once in 24 hours, in mode 2 by each
                 *     instance and as long as it is among the latest 1,000 keys of its client. Keys are compared
                 *     character by character. A key has at most 256 characters and no control characters; an empty key counts as none.
                 * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The idempotency key of senders of Standard Webhooks; `Idempotency-Key` takes precedence.
                 * @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W
                 */
                readonly "webhook-id"?: components["parameters"]["WebhookId"];
                /**
                 * @description With `wait=n` (RFC 7240) the answer is held for up to n seconds until the client has acknowledged the notification:
                 *     200 with the status `acknowledged`. After n seconds the answer is the usual 202; the notification is stored either
                 *     way, and a caller that hangs up changes nothing. More than 30 is reduced to 30; `wait=0` does not wait. A caller that waits
                 *     asks for a receipt, too. `Preference-Applied` of the response gives the wait that was applied; it is absent where the
                 *     service does not wait: in mode 2, while the instance shuts down, and when too many callers wait already. Other
                 *     preferences are ignored.
                 * @example wait=10
                 */
                readonly Prefer?: components["parameters"]["PreferAcknowledged"];
            };
            readonly path: {
                /**
                 * @description The secret part of the callback URL.
                 * @example d2c1e0f4-9a77-4f6b-8a54-1b7a0f3e6c90
                 */
                readonly id: components["parameters"]["CallbackId"];
            };
            readonly cookie?: never;
        };
        /** @description The body of the notification. It may be empty. */
        readonly requestBody?: {
            readonly content: {
                readonly "*/*": unknown;
            };
        };
        readonly responses: {
            readonly 200: components["responses"]["PublicationAcknowledged"];
            readonly 202: components["responses"]["Accepted"];
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 404: components["responses"]["NotFound"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 410: components["responses"]["Gone"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly getHealth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Healthy"];
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unhealthy"];
        };
    };
    readonly getLiveness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Healthy"];
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unhealthy"];
        };
    };
    readonly getReadiness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The instance is ready. */
            readonly 200: {
                headers: {
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Readiness"];
                };
            };
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 408: components["responses"]["RequestTimeout"];
            readonly 414: components["responses"]["UriTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 431: components["responses"]["HeadersTooLarge"];
            readonly 500: components["responses"]["InternalServerError"];
            /** @description The instance is not ready. The body has the members of an error too, for programs that only read errors. */
            readonly 503: {
                headers: {
                    readonly "Retry-After": components["headers"]["RetryAfter"];
                    readonly "Cache-Control": components["headers"]["CacheControl"];
                    readonly "trace-id": components["headers"]["TraceId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["NotReady"];
                };
            };
        };
    };
}
