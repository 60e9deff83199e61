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
         * @description Answers at once when there is something for the client, else holds the request until there is, and answers 204
         *     when the time is up. The client is the one the token names; **no scope is needed**.
         *
         *     * Several polls of one client at the same time (tabs, devices) are normal. Each one held at the client's
         *       instance is answered with the notification; the first acknowledgement settles it. Past 10 held polls of one
         *       client (unless configured otherwise) a new one is refused with 429; those already held stay.
         *     * A poll never outlives its token: it ends with 204 when the token expires, and the next one needs a new token.
         *     * A poll for which the client named no time ends up to 10 % early, at random, so that clients do not come back
         *       all at once.
         *     * When the instance shuts down, held polls are answered 204 with `Connection: close`: ask again, another
         *       instance answers.
         *
         *     ### Server-sent events
         *
         *     With `Accept: text/event-stream` (and no higher preference for `application/json`) the answer is a stream: each
         *     notification is an event, as soon as it comes. The first event is `ready`, and every 15 seconds there is a comment.
         *     A stream is a poll in all else: it counts as one, and is acknowledged in the same two ways.
         *
         *     * The `id` of an event is a cursor, and acknowledges **everything up to that event of that stream**: as
         *       `Last-Event-ID` (or `cursor`) of the next request, or at `POST /notifications/ack`.
         *     * With `ack=next` a notification is handed to a stream once, and again when it is shown again; a client that has a
         *       thousand that it has not acknowledged gets no further ones until it has.
         *     * Without `wait` a stream is open until its token expires. Before the service ends it, it says so with the event
         *       `bye` and a reason: `timed-out` (`wait` is over), `expired` (the token has; get a new one), `restart` (another
         *       instance answers). Connect anew after the milliseconds that `retry` says.
         *     * An `EventSource` that lost its connection would use the same URL, and the ticket in it is used up: make a new one,
         *       with a new ticket, and name the last cursor as `cursor`.
         *     * Who does not read is disconnected; what it had not acknowledged is handed over again.
         *
         *     ### WebSocket
         *
         *     With `Upgrade: websocket` and the sub-protocol `notifications.v1` the same comes as text frames of JSON:
         *
         *     | from the service | |
         *     |---|---|
         *     | `{"type":"registration","clientId":"alice"}` | first: from here on there may be notifications |
         *     | `{"type":"notification","cursor":"…","notification":{…}}` | |
         *     | `{"type":"ping"}` | every 15 seconds, with a ping frame; who says nothing for 45 seconds is disconnected |
         *     | `{"type":"bye","reason":"restart"}` | before the service closes; the reasons are those above, `too-many`, `unavailable` and `error` |
         *
         *     | from the client | |
         *     |---|---|
         *     | `{"type":"ack","cursor":"…"}` | acknowledges everything up to that notification |
         *     | `{"type":"pong"}` | anything else is ignored; a frame of more than 4 KiB ends the connection |
         *
         *     | close code | |
         *     |---|---|
         *     | 1000 | `wait` is over |
         *     | 4401 | the token has expired |
         *     | 4429 | too many polls are held: try again later |
         *     | 1012 | the instance shuts down: connect anew, another one answers |
         *     | 1013 | something that the service depends on does not answer: try again later |
         *
         *     A token or a parameter that is not accepted is refused before the upgrade, with the status below. A browser says
         *     from which page it connects (`Origin`): that has to be one of the allowed origins, or this one.
         */
        readonly get: operations["awaitNotifications"];
        readonly put?: never;
        /**
         * Publish a notification
         * @description Stores a notification for a client, and hands it over at once when the client is connected.
         *     The token needs the scope **`notifications:publish`**.
         *
         *     **202 means stored**: the notification reaches the client at whichever instance it polls, or waits for it until
         *     `ttlSeconds` are over. What one client has not fetched is bounded; past that the answer is 429.
         *
         *     With an `id` the request may be repeated: for 24 hours, and for as long as the notification is pending, the same
         *     `id` for the same addressee stores nothing more and answers `"duplicate":true`. It never replaces what is stored.
         *     The same `id` for another addressee is another notification.
         */
        readonly post: operations["publishNotification"];
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
         * @description Says that the client has what it was handed over with `ack=next`, without waiting for more. Name either the
         *     `cursor` of an answer, which acknowledges exactly what that answer held, or up to 100 `ids`.
         *     The client is the one the token names, and only its own notifications are touched; **no scope is needed**.
         *
         *     Any instance takes it: a cursor names the instance that gave it, and another one passes it there. In mode 2
         *     instances do not know each other: there `acknowledged` is 0, and what the cursor's answer held is deleted as soon
         *     as it comes along, while ids and cursors of streams count at the instance that handed them over alone. Repeating an acknowledgement does no harm,
         *     and neither does one that nobody knows (any more): what is not acknowledged is simply handed over again.
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
         * Get a ticket for a URL
         * @description A ticket stands for the token of this request where no header can be sent: `?ticket=…` at `GET /notifications`,
         *     at any instance, **once** and soon. It is good for nothing else, and what is opened with it ends when the token
         *     expires. **No scope is needed**.
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
         * @description Tells a sender whether a client is online, and to which queue to send what is for it.
         *     The token needs the scope **`sessions:read`**.
         *
         *     A client that is not online is no error: the answer is 200 with `online: false`. The answer is true for that
         *     moment; a client may move right after, and a message sent to its former instance is sent on from there.
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
    readonly "/registrations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the live registrations
         * @description The registrations of the client that the token names, the oldest first, without those that have expired, were
         *     revoked or are used up. Callback URLs are not in the answer: they are not stored. **No scope is needed**.
         */
        readonly get: operations["listRegistrations"];
        readonly put?: never;
        /**
         * Register a task that may call back
         * @description Makes a callback URL for one task. Whatever is posted there becomes a notification for the client that the token
         *     names; **no scope is needed**.
         *
         *     The URL is the secret: **it is shown once, here**, and only its hash is stored. Give it to the task and to nobody
         *     else. A client can have 100 live registrations; past that the answer is 429 until one ends.
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
         * @description From here on its callback URL answers 410. What was accepted before still reaches the client.
         *     Only the client's own registrations are touched; **no scope is needed**. 404 is the answer for one that is not
         *     there, was revoked before, or belongs to somebody else.
         */
        readonly delete: operations["deleteRegistration"];
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
         * @description Takes any body of any content type, up to the service's maximum (262144 bytes unless configured otherwise), as a
         *     notification for the client that has registered the callback. **No token is needed: the URL is the secret.**
         *
         *     * The body is stored and handed over byte for byte; nothing in it is looked at, and a `Content-Encoding` is not
         *       undone. Bytes that are UTF-8 reach the client as text, all others as base64. The `Content-Type` is passed on
         *       when it has at most 256 characters and none of them is a control character.
         *     * **202 means stored.** After 503, or without any answer, nothing may be stored: call again. With an
         *       `Idempotency-Key` (or a `webhook-id`) a repeat is safe: for 24 hours the same key at the same URL stores nothing
         *       more and answers the same `id` with `"duplicate":true`, also when the registration has ended meanwhile.
         *     * 404 is one and the same answer for every id that is not known, whatever it looks like. 410 tells that the
         *       registration has expired, was revoked or is used up: do not call again.
         *     * Too many callbacks in a short time, at this URL or for its client, are answered 429, and so is a callback for a
         *       client that has not fetched as many notifications as it may have.
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
         * How is this instance?
         * @description 200 while the instance takes new polls; 503 while it shuts down or cannot serve. **No token is needed**.
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
         * Should this instance be left running?
         * @description For the liveness probe of an orchestrator, which restarts what answers 503. An instance that shuts down, or whose
         *     database does not answer, is alive: a restart would not help. **No token is needed**.
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
         * Should new clients be sent to this instance?
         * @description For a balancer, which sends new clients elsewhere while the answer is 503. Polls that are already held are not
         *     affected. `checks` says what the instance depends on, and why if one of them fails. **No token is needed**.
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
         * @description The id of a client, as its token names it. It has no control characters.
         * @example alice
         */
        readonly ClientId: string;
        /**
         * @description The id the sender gave the notification, or its source. Drop repeats by it.
         * @example 5b2f0c4e-7d0a-4b52-9d5e-0f1f4f6c1a11
         */
        readonly NotificationId: string;
        /**
         * @description Opaque; it stands for exactly what its answer held. Send it back as it came.
         * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17
         */
        readonly Cursor: string;
        readonly Notification: {
            readonly id: components["schemas"]["NotificationId"];
            readonly addressee: components["schemas"]["ClientId"];
            /**
             * @description What it is about, in the sender's words.
             * @example order.shipped
             */
            readonly subject: string;
            /**
             * @description The text that was sent, untouched; bytes that are not UTF-8 come as base64 (see `encoding`).
             * @example {"order":42}
             */
            readonly body: string;
            /**
             * @description There only when `body` is base64.
             * @enum {string}
             */
            readonly encoding?: "base64";
            /**
             * @description The media type the sender named; null when it named none.
             * @example application/json
             */
            readonly contentType: string | null;
            /**
             * Format: date-time
             * @description When it was sent, in UTC.
             * @example 2026-11-21T20:15:03.120Z
             */
            readonly sentAt: string;
            /** @description How often its source has shown it, this time included. More than 1 means it may be a repeat. */
            readonly deliveryCount: number;
            /**
             * @description What the sender wants it to be matched with, a job for instance; null when it named nothing.
             * @example job-17
             */
            readonly correlationId: string | null;
        };
        readonly Notifications: {
            readonly notifications: readonly components["schemas"]["Notification"][];
            readonly cursor: components["schemas"]["Cursor"];
            /** @description Whether more is waiting already; the next poll then answers at once. */
            readonly more: boolean;
        };
        /**
         * @description Server-sent events (WHATWG HTML, 9.2), UTF-8. The data of an event without a name is a notification, that of `ready`
         *     is `{"clientId":"…"}`, and that of `bye` is `{"reason":"…"}`.
         */
        readonly EventStream: string;
        readonly Ticket: {
            /**
             * @description For a URL, as it is. Opaque.
             * @example c2VhbGVkLW9yLXJhbmRvbS10aGlydHktdHdvLWJ5dGU
             */
            readonly ticket: string;
            /**
             * @description Seconds in which it has to be used; fewer than 30 when the token expires before.
             * @example 30
             */
            readonly expiresIn: number;
        };
        /** @description Either the cursor of an answer, or ids of notifications. */
        readonly Acknowledgement: components["schemas"]["AcknowledgementByCursor"] | components["schemas"]["AcknowledgementByIds"];
        readonly AcknowledgementByCursor: {
            readonly cursor: components["schemas"]["Cursor"];
        };
        readonly AcknowledgementByIds: {
            readonly ids: readonly components["schemas"]["NotificationId"][];
        };
        readonly Acknowledged: {
            /** @description How many notifications this request has acknowledged. */
            readonly acknowledged: number;
            /** @description Of the ids that were sent, those of no notification that is the client's to acknowledge. */
            readonly unknown: readonly components["schemas"]["NotificationId"][];
        };
        /**
         * @description What it is about, in the sender's words. It has no control characters.
         * @example report.done
         */
        readonly Subject: string;
        /**
         * @description What the client wants to match it with, a job for instance. It has no control characters.
         * @example job-17
         */
        readonly CorrelationId: string | null;
        readonly Publication: {
            readonly addressee: components["schemas"]["ClientId"];
            readonly subject: components["schemas"]["Subject"];
            /**
             * @description The text that the client gets, untouched. It may be empty.
             * @example {"order":42}
             */
            readonly body: string;
            /**
             * @description The media type of the body.
             * @example application/json
             */
            readonly contentType?: string | null;
            /**
             * @description The id of the notification, for this addressee; a fresh UUID when absent. It reaches the client as it is.
             * @example 5b2f0c4e-7d0a-4b52-9d5e-0f1f4f6c1a11
             */
            readonly id?: string;
            readonly correlationId?: components["schemas"]["CorrelationId"];
            /**
             * @description How long it waits for its addressee. The service's maximum (604800, seven days, unless configured otherwise) is
             *     also the default.
             * @example 3600
             */
            readonly ttlSeconds?: number;
        };
        readonly Accepted: {
            readonly id: components["schemas"]["NotificationId"];
            /**
             * @description `live`: the client was connected somewhere at that moment. `pending`: it was not, and gets the notification when
             *     it asks. `queued`: it is in the client's queue (mode 2).
             * @enum {string}
             */
            readonly status: "live" | "pending" | "queued";
            /** @description Whether it was accepted before, by a request with the same key or id. */
            readonly duplicate: boolean;
        };
        readonly NewRegistration: {
            /**
             * @description The subject of the notifications; `callback` when absent.
             * @example report.done
             */
            readonly subject?: string;
            /**
             * @description How long the callback URL is good for; a day when absent.
             * @example 3600
             */
            readonly ttlSeconds?: number;
            /**
             * @description How many callbacks are accepted; 0, which is the default, means any number.
             * @example 1
             */
            readonly maxUses?: number;
            readonly correlationId?: components["schemas"]["CorrelationId"];
        };
        readonly RegistrationMembers: {
            /**
             * Format: uuid
             * @description The id of the registration, to revoke it. It is not the one in the callback URL.
             * @example 3f2b8a4c-90b1-4c55-a1de-5c6f5f0f7a21
             */
            readonly id: string;
            readonly subject: components["schemas"]["Subject"];
            readonly correlationId: components["schemas"]["CorrelationId"];
            /**
             * Format: date-time
             * @description When its callback URL ends, in UTC.
             * @example 2026-11-21T21:15:03.120Z
             */
            readonly expiresAt: string;
            /** @description How many callbacks are accepted; 0 means any number. */
            readonly maxUses: number;
            /** @description How many callbacks were accepted. Repeats with a known key do not count. */
            readonly uses: number;
        };
        readonly Registration: {
            /**
             * Format: date-time
             * @description When it was made, in UTC.
             * @example 2026-11-21T20:15:03.120Z
             */
            readonly createdAt: string;
        } & components["schemas"]["RegistrationMembers"];
        readonly CreatedRegistration: {
            /**
             * Format: uri
             * @description Where the task calls back. It is a secret, and is shown this once.
             * @example https://notifications.example.org/callback/d2c1e0f4-9a77-4f6b-8a54-1b7a0f3e6c90
             */
            readonly callbackUrl: string;
        } & components["schemas"]["RegistrationMembers"];
        readonly Registrations: {
            readonly registrations: readonly components["schemas"]["Registration"][];
        };
        /**
         * @description 1, each instance has a queue; 2, each client has a queue.
         * @enum {integer}
         */
        readonly Mode: 1 | 2;
        /**
         * Format: uuid
         * @description The id of an instance.
         * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10
         */
        readonly InstanceId: string;
        readonly Session: {
            readonly clientId: components["schemas"]["ClientId"];
            /** @description Whether the client polls, or has polled a moment ago. */
            readonly online: boolean;
            readonly mode: components["schemas"]["Mode"];
            /**
             * Format: uuid
             * @description The instance that serves the client; null when none does, or none is known.
             */
            readonly instanceId: string | null;
            /**
             * Format: uri
             * @description The queue to send to: in mode 1 that of the instance, null when the client is not online; in mode 2 the
             *     client's own, always.
             */
            readonly queueUrl: string | null;
        };
        readonly HealthMembers: {
            /**
             * @description `draining`: it shuts down and takes no new polls. `unavailable`: something it depends on does not answer.
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
            /** @description How many polls the instance holds at this moment. */
            readonly heldPolls: number;
            /** @description Seconds since the instance started. */
            readonly uptimeSeconds: number;
        };
        readonly ReadinessMembers: {
            /**
             * @description What the instance depends on, by name; `ok`, or the reason why it is not.
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
            /** @description A sentence for people; it may change. */
            readonly message: string;
            /** @description The trace id of the request, also in the header `trace-id`. */
            readonly context: string;
        };
        readonly Health: components["schemas"]["HealthMembers"];
        readonly NotHealthy: components["schemas"]["HealthMembers"] & components["schemas"]["ErrorMembers"];
        readonly Readiness: components["schemas"]["HealthMembers"] & components["schemas"]["ReadinessMembers"];
        readonly NotReady: components["schemas"]["HealthMembers"] & components["schemas"]["ReadinessMembers"] & components["schemas"]["ErrorMembers"];
        readonly Error: components["schemas"]["ErrorMembers"];
        /**
         * @description The kind of error, for programs. One kind always has one status.
         * @enum {string}
         */
        readonly ErrorCode: "ERROR_INVALID_ARGUMENT" | "ERROR_INVALID_JWT" | "ERROR_INVALID_SIGNATURE" | "ERROR_TOKEN_EXPIRED" | "ERROR_TOKEN_PROCESSABLE" | "ERROR_FORBIDDEN" | "ERROR_NOT_FOUND" | "ERROR_METHOD_NOT_ALLOWED" | "ERROR_GONE" | "ERROR_CONTENT_TOO_LONG" | "ERROR_TOO_MANY_REQUESTS" | "ERROR_INTERNAL_SERVER_ERROR" | "ERROR_NOT_IMPLEMENTED" | "ERROR_DRAINING" | "ERROR_DB_UNEXPECTED_ERROR" | "ERROR_SQS_UNEXPECTED_ERROR" | "ERROR_KEYS_UNAVAILABLE";
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
        /** @description There is no token, or it is not accepted. Get a new one before asking again. */
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
        /** @description The token is accepted, but does not carry the scope this needs. */
        readonly Forbidden: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A browser connects a WebSocket from a page of another origin, which the operator has not allowed. */
        readonly OriginNotAllowed: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description Stored. `live`: the client was connected at that moment and is being handed the notification; `pending`: it gets it
         *     when it asks.
         */
        readonly Accepted: {
            headers: {
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Accepted"];
            };
        };
        /** @description There is nothing here, for this caller. */
        readonly NotFound: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The answer to every other method; `Allow` names those there are. */
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
        /** @description There is no such thing in this mode, as this service is configured. */
        readonly NotImplemented: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is larger than the service takes. */
        readonly ContentTooLong: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * @description As many polls are held, registrations are live or notifications are pending as one client may have, the instance
         *     holds as many polls as it may, or too many requests came in a short time. What was accepted before is not affected.
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
        /** @description Something went wrong in the service. The trace id finds it in the log. */
        readonly InternalServerError: {
            headers: {
                readonly "trace-id": components["headers"]["TraceId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The instance shuts down, or something it depends on does not answer. It passes: ask again after `Retry-After`. */
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
        /** @description Well. */
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
        /** @description Not well. It carries the members of an error too, for readers who only know errors. */
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
         * @description Seconds to wait for a notification when there is none yet; 0 only looks. More than the service's maximum
         *     (600 unless configured otherwise) is taken as that maximum. Without it `Prefer` decides, and without that the
         *     service's default (25 unless configured otherwise). What was applied is said in `Preference-Applied`.
         * @example 30
         */
        readonly Wait: number;
        /**
         * @description `wait=n` (RFC 7240) says the same as the query parameter `wait`, which wins when both are there. Other
         *     preferences are ignored.
         * @example wait=30
         */
        readonly Prefer: string;
        /**
         * @description The most notifications one answer may hold. If there are more, the answer says `"more":true`.
         * @example 20
         */
        readonly Limit: number;
        /**
         * @description How the notifications of this answer are acknowledged: by the service once they seem to have arrived (`auto`),
         *     or by the client with its next request (`next`).
         * @example next
         */
        readonly Ack: "auto" | "next";
        /**
         * @description The `cursor` of the last answer: acknowledges exactly what that answer held, before waiting for more. One that
         *     nobody knows (any more) is no error; what is not acknowledged is then handed over again.
         * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17
         */
        readonly Cursor: components["schemas"]["Cursor"];
        /**
         * @description The `id` of the last event, as a client of server-sent events sends it when it connects anew: the same as `cursor`,
         *     which wins when both are there.
         * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17-1
         */
        readonly LastEventId: string;
        /**
         * @description The id of the client, percent-encoded.
         * @example alice
         */
        readonly ClientId: components["schemas"]["ClientId"];
        /**
         * @description The id of the registration, not that of its callback URL.
         * @example 3f2b8a4c-90b1-4c55-a1de-5c6f5f0f7a21
         */
        readonly RegistrationId: string;
        /**
         * @description The secret part of the callback URL.
         * @example d2c1e0f4-9a77-4f6b-8a54-1b7a0f3e6c90
         */
        readonly CallbackId: string;
        /**
         * @description Makes it safe to call again: the same key at the same URL is accepted once in 24 hours. It is compared as it is.
         *     It has at most 256 characters, none of them a control character; an empty one counts as none.
         * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
         */
        readonly IdempotencyKey: string;
        /**
         * @description The same, for senders of Standard Webhooks; `Idempotency-Key` wins when both are there.
         * @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W
         */
        readonly WebhookId: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description Notifications are for one client, once. No cache may keep them.
         * @example no-store
         */
        readonly NoStore: "no-store";
        /**
         * @description Notifications are for one client, once. No cache may keep them, and no proxy may change a stream of them.
         * @example no-store
         */
        readonly NoStoreOrChange: "no-store" | "no-store, no-transform";
        /**
         * @description Asks a proxy (nginx and its kin) to pass on a stream as it comes. There with a stream only.
         * @example no
         */
        readonly NoBuffering: "no";
        /**
         * @description The sub-protocol, which is the only one there is.
         * @example notifications.v1
         */
        readonly WebSocketProtocol: "notifications.v1";
        /**
         * @description The answer holds a secret. No cache may keep it.
         * @example no-store
         */
        readonly SecretNoStore: "no-store";
        /**
         * @description The methods that there are.
         * @example POST
         */
        readonly Allow: string;
        /**
         * @description Answers are true for their moment only.
         * @example no-store
         */
        readonly CacheControl: string;
        /**
         * @description The wait that was applied, in seconds, wherever it came from.
         * @example wait=30
         */
        readonly PreferenceApplied: string;
        /**
         * @description The trace id of the request, in every log line about it.
         * @example 4bf92f3577b34da6a3ce929d0e0e4736
         */
        readonly TraceId: string;
        /**
         * @description What kind of token is wanted, and what is wrong with the one that came (RFC 6750).
         * @example Bearer error="invalid_token", error_description="The token has expired"
         */
        readonly WwwAuthenticate: string;
        /**
         * @description Seconds after which to ask again.
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
                 * @description Seconds to wait for a notification when there is none yet; 0 only looks. More than the service's maximum
                 *     (600 unless configured otherwise) is taken as that maximum. Without it `Prefer` decides, and without that the
                 *     service's default (25 unless configured otherwise). What was applied is said in `Preference-Applied`.
                 * @example 30
                 */
                readonly wait?: components["parameters"]["Wait"];
                /**
                 * @description The most notifications one answer may hold. If there are more, the answer says `"more":true`.
                 * @example 20
                 */
                readonly limit?: components["parameters"]["Limit"];
                /**
                 * @description How the notifications of this answer are acknowledged: by the service once they seem to have arrived (`auto`),
                 *     or by the client with its next request (`next`).
                 * @example next
                 */
                readonly ack?: components["parameters"]["Ack"];
                /**
                 * @description The `cursor` of the last answer: acknowledges exactly what that answer held, before waiting for more. One that
                 *     nobody knows (any more) is no error; what is not acknowledged is then handed over again.
                 * @example 9f0b6c1e-3f55-4c0e-8f6c-9a2b7a3f6f10.k3v9q2.17
                 */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: {
                /**
                 * @description `wait=n` (RFC 7240) says the same as the query parameter `wait`, which wins when both are there. Other
                 *     preferences are ignored.
                 * @example wait=30
                 */
                readonly Prefer?: components["parameters"]["Prefer"];
                /**
                 * @description The `id` of the last event, as a client of server-sent events sends it when it connects anew: the same as `cursor`,
                 *     which wins when both are there.
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
             * @description There are notifications, the oldest first. With `ack=next` they stay the client's to acknowledge, and are
             *     handed over again at every poll that does not carry the `cursor`. Or a stream begins, which a proxy must
             *     neither buffer nor change.
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
            /** @description The time is up, or the instance is shutting down. There is nothing for the client; ask again. */
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
            readonly 429: components["responses"]["TooManyRequests"];
            readonly 500: components["responses"]["InternalServerError"];
            readonly 503: components["responses"]["Unavailable"];
        };
    };
    readonly publishNotification: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["Publication"];
            };
        };
        readonly responses: {
            readonly 202: components["responses"]["Accepted"];
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 401: components["responses"]["Unauthorized"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
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
            /** @description Those acknowledged by this request are counted; those that nobody knows (any more) are named. */
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
            readonly 413: components["responses"]["ContentTooLong"];
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
            /** @description A ticket. It is a secret until it is used. */
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
            readonly 429: components["responses"]["TooManyRequests"];
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
            /** @description What is known about the client. */
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
            readonly 500: components["responses"]["InternalServerError"];
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
            readonly 401: components["responses"]["Unauthorized"];
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
            /** @description Registered. The callback URL is not shown again. */
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
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
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
                 * @description The id of the registration, not that of its callback URL.
                 * @example 3f2b8a4c-90b1-4c55-a1de-5c6f5f0f7a21
                 */
                readonly id: components["parameters"]["RegistrationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Revoked. */
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
                 * @description Makes it safe to call again: the same key at the same URL is accepted once in 24 hours. It is compared as it is.
                 *     It has at most 256 characters, none of them a control character; an empty one counts as none.
                 * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The same, for senders of Standard Webhooks; `Idempotency-Key` wins when both are there.
                 * @example msg_2KWPBgLlAfxdpx2AI54pPJ85f4W
                 */
                readonly "webhook-id"?: components["parameters"]["WebhookId"];
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
        /** @description Whatever the task has to say. It may be empty. */
        readonly requestBody?: {
            readonly content: {
                readonly "*/*": unknown;
            };
        };
        readonly responses: {
            readonly 202: components["responses"]["Accepted"];
            readonly 400: components["responses"]["InvalidArgument"];
            readonly 404: components["responses"]["NotFound"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 410: components["responses"]["Gone"];
            readonly 413: components["responses"]["ContentTooLong"];
            readonly 429: components["responses"]["TooManyRequests"];
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
            /** @description Yes. */
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
            readonly 500: components["responses"]["InternalServerError"];
            /** @description Not now. It carries the members of an error too, for readers who only know errors. */
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
