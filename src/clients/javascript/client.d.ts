/** A notification for this client. */
export interface Notification {
  readonly id: string
  /** The id of the client that the notification is for. */
  readonly addressee: string
  readonly subject: string
  /** The text that was sent, unchanged; base64 when `encoding` is `base64`. */
  readonly body: string
  readonly encoding?: 'base64'
  readonly contentType: string | null
  /** The time of sending in UTC, as in `2026-11-21T20:15:03.120Z`. */
  readonly sentAt: string
  readonly deliveryCount: number
  readonly correlationId: string | null
  /** The time in UTC after which the notification is not handed over any more; absent when its sender gave none. */
  readonly expiresAt?: string
}

export interface Options {
  /**
   * The address of the service, such as `https://notifications.example.org`. In a browser it may be relative to the
   * page.
   */
  readonly url: string | URL
  /**
   * Returns the bearer token. It is called once, and again with `refresh: true` when the service does not accept the
   * token (any more). It is called again later when it throws, or takes more than a minute. An empty result (the user
   * is signed out) ends everything with `ERROR_NO_TOKEN`.
   */
  readonly getToken: (request: {
    readonly refresh: boolean
    readonly signal: AbortSignal
  }) => string | null | undefined | Promise<string | null | undefined>
  /** Ends everything as soon as the notification that is being handled has been handled and acknowledged. */
  readonly signal?: AbortSignal | undefined
  /** How notifications come: by `long-poll`, which is the default, or by `sse`, where one response carries many. */
  readonly transport?: 'long-poll' | 'sse' | undefined
  /**
   * The maximum time that a long poll is held, in seconds; 25 by default. Each poll takes up to a tenth less, at
   * random, so that clients do not all return at the same moment. Load balancers often allow 60 seconds, and the
   * `fetch` of Node 300.
   */
  readonly wait?: number | undefined
  /**
   * Whether all tabs (and workers) of a browser with the same `url` and the same client share one connection. On by
   * default in pages, if the browser has Web Locks and BroadcastChannel, for which the page must use `https:`. One tab
   * polls and passes the notifications to the others, so the handlers of every tab get every notification. A
   * notification is acknowledged when the handlers of the polling tab have finished. When the polling tab is silent for
   * too long, another tab takes over.
   *
   * Tabs with the same `iss` and `sub` in their tokens are the same client. If another claim is the client id,
   * give the client id here instead of `true`.
   */
  readonly shareTabs?: boolean | string | undefined
}

/**
 * Returns the notifications of this client, for `for await`. A notification is acknowledged when the loop asks for the
 * next one, because it has been handled then. When the loop ends early (`break`, `return`, an exception), its last
 * notification is not acknowledged, and comes again next time. To acknowledge the last one too, abort the signal and
 * let the body of the loop run to its end.
 *
 * Temporary failures (no network, 5xx, 429, a refused token, anything that a proxy answers in place of the service) are
 * retried without limit. Throws a `NotificationsError` when the service itself refuses permanently (400, 403, 404, …);
 * ends without an error when the signal aborts.
 */
export function notifications(options: Options): AsyncIterableIterator<Notification, undefined, undefined>

/** The reason why no notifications come. */
export class NotificationsError extends Error {
  /**
   * The error code of the service, such as `ERROR_FORBIDDEN`, or a code of this module: `ERROR_NETWORK` (no response,
   * or a response that is not the service's), `ERROR_HTTP` (refused by a proxy or another server), `ERROR_GET_TOKEN`
   * (`getToken` failed), `ERROR_NO_TOKEN` (`getToken` returned no token), `ERROR_CLIENT_CHANGED` (the new token is for
   * another client, and tabs share the connection), `ERROR_HANDLER` (a promise passed to `waitUntil` was rejected). The
   * underlying error, if there is one, is in `cause`.
   */
  readonly code: string
  /** The status of the response, if there was one. */
  readonly status: number | null
  /** The trace id of the request in the logs of the service, if the response had one. */
  readonly context: string | null
  /** Whether trying again is useless. */
  readonly permanent: boolean
  /** The minimum time to wait that the service asked for; 0 when it asked for none. */
  readonly retryAfterMs: number
}

export interface NotificationEvent extends Event {
  readonly type: 'notification'
  readonly notification: Notification
  /**
   * Delays the acknowledgement, and the next notification, until the promise is settled. Call it while the event is
   * being dispatched. If the promise rejects, the notification is not acknowledged and comes again.
   */
  waitUntil(handled: PromiseLike<unknown>): void
}

export interface NotificationsErrorEvent extends Event {
  readonly type: 'error'
  readonly error: NotificationsError
  /** The time until the next attempt; null when there is none. */
  readonly retryInMs: number | null
}

export interface NotificationsEvents {
  notification: NotificationEvent
  /** The service, or the tab that polls for all tabs, has answered: for the first time, or again after an error. */
  open: Event
  error: NotificationsErrorEvent
  /** The end: no further event follows. */
  close: Event
}

/** The notifications of this client as events. */
export class Notifications extends EventTarget {
  constructor(options: Options)
  /** Begins to ask for notifications. Add the listeners before. Has no effect after `close`. */
  start(): this
  /** Ends. Resolves when the notification that is being handled has been handled and acknowledged. */
  close(): Promise<void>
  addEventListener<T extends keyof NotificationsEvents>(
    type: T,
    listener: ((event: NotificationsEvents[T]) => void) | null,
    options?: boolean | { readonly once?: boolean; readonly signal?: AbortSignal },
  ): void
  addEventListener(...listening: Parameters<EventTarget['addEventListener']>): void
  removeEventListener<T extends keyof NotificationsEvents>(
    type: T,
    listener: ((event: NotificationsEvents[T]) => void) | null,
    options?: boolean,
  ): void
  removeEventListener(...listening: Parameters<EventTarget['removeEventListener']>): void
}
