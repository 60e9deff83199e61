/** What somebody has to say to this client. */
export interface Notification {
  readonly id: string
  /** The client that it is for. */
  readonly addressee: string
  readonly subject: string
  /** The text that was sent, untouched; base64 when `encoding` says so. */
  readonly body: string
  readonly encoding?: 'base64'
  readonly contentType: string | null
  /** UTC, as in `2026-11-21T20:15:03.120Z`. */
  readonly sentAt: string
  readonly deliveryCount: number
  readonly correlationId: string | null
}

export interface Options {
  /** Where the service is: `https://notifications.example.org`. In a browser it may be relative to the page. */
  readonly url: string | URL
  /**
   * Gives the bearer token. Asked once, and again with `refresh` when the service does not accept the token (any more).
   * What it throws is retried, as is what takes over a minute; a result that is empty (signed out) ends everything with `ERROR_NO_TOKEN`.
   */
  readonly getToken: (request: {
    readonly refresh: boolean
    readonly signal: AbortSignal
  }) => string | null | undefined | Promise<string | null | undefined>
  /** Ends everything once the notification at hand has been handled; it is acknowledged then. */
  readonly signal?: AbortSignal | undefined
  /** How notifications come: `long-poll`, or `sse`, one response for many. */
  readonly transport?: 'long-poll' | 'sse' | undefined
  /**
   * Seconds that a long poll is held at most; 25 by default. Each poll takes up to a tenth less, so that clients do not
   * come back together. Balancers often allow 60, and the `fetch` of Node 300.
   */
  readonly wait?: number | undefined
  /**
   * Whether all tabs (and workers) of a browser that have the same `url` and client share one connection. On by default
   * in pages, if the browser can (Web Locks and BroadcastChannel, hence `https:`). One tab asks and tells the others, so
   * that the handler of every tab gets every notification; they are acknowledged when the handlers of the asking tab
   * have finished. A tab that stays silent is relieved by another.
   *
   * The client is recognised by `iss` and `sub` of its token; where another claim names it, give its name here.
   */
  readonly shareTabs?: boolean | string | undefined
}

/**
 * The notifications of this client, for `for await`. Asking for the next one says that the last one has been handled:
 * then, and only then, it is acknowledged. One that the loop is left with (`break`, `return`, an exception) is not, and
 * comes again next time; to finish with it, abort the signal and let the body of the loop come to its end.
 *
 * Whatever may pass (no network, 5xx, 429, a refused token) is retried, for ever. Throws a `NotificationsError` when
 * the service refuses for good (400, 403, 404, …); ends without one when the signal aborts.
 */
export function notifications(options: Options): AsyncIterableIterator<Notification, undefined, undefined>

/** Why there are no notifications. */
export class NotificationsError extends Error {
  /**
   * The code of the service (`ERROR_FORBIDDEN`), or one of ours: `ERROR_NETWORK` (nothing, or nothing sensible, came
   * back), `ERROR_HTTP` (refused, but not by the service), `ERROR_GET_TOKEN`, `ERROR_NO_TOKEN`, `ERROR_CLIENT_CHANGED`
   * (a new token names another client, and tabs share the connection), `ERROR_HANDLER` (a promise given to `waitUntil`
   * was rejected). The cause, if there is one, is in `cause`.
   */
  readonly code: string
  /** The status of the response, if there was one. */
  readonly status: number | null
  /** The trace id that finds the request in the logs of the service, if it said one. */
  readonly context: string | null
  /** Whether it is of no use to try again. */
  readonly permanent: boolean
  /** The least time to wait, as the service wants it; 0 when it did not say. */
  readonly retryAfterMs: number
}

export interface NotificationEvent extends Event {
  readonly type: 'notification'
  readonly notification: Notification
  /**
   * Puts off the acknowledgement, and the next notification, until the promise is settled; call it while the event is
   * dispatched. If the promise rejects, the notification is not acknowledged and comes again.
   */
  waitUntil(handled: PromiseLike<unknown>): void
}

export interface NotificationsErrorEvent extends Event {
  readonly type: 'error'
  readonly error: NotificationsError
  /** In how many milliseconds it is tried again; null when it is not. */
  readonly retryInMs: number | null
}

export interface NotificationsEvents {
  notification: NotificationEvent
  /** The service (or the tab that asks for all) has answered: for the first time, or again after an error. */
  open: Event
  error: NotificationsErrorEvent
  /** It is over; there will be no further event. */
  close: Event
}

/** The notifications of this client as events. */
export class Notifications extends EventTarget {
  constructor(options: Options)
  /** Begins; add the listeners first. Once closed it stays closed. */
  start(): this
  /** Ends. Resolves when the notification at hand has been handled and acknowledged. */
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
