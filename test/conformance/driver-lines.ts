import type { SentNotification } from './service/notification.ts'

/** How a client asks: by long polls, which every client can, or by server-sent events. */
export type Transport = 'long-poll' | 'sse'

/** A line that the kit writes to the driver of a client; docs/conformance.md says more. */
export type KitLine =
  | {
      readonly type: 'start'
      readonly url: string
      readonly token: string
      /** The wait of a poll, in seconds. */
      readonly wait: number
      readonly transport: Transport
      /** The silence after which a stream counts as broken, in seconds. */
      readonly idle: number
    }
  | { readonly type: 'acknowledge' | 'fail'; readonly id: string }
  | { readonly type: 'token'; readonly token: string | null }
  | { readonly type: 'stop' }

/** A line that the driver of a client writes. */
export type DriverLine =
  | { readonly type: 'ready'; readonly transports: readonly Transport[] }
  | { readonly type: 'notification'; readonly notification: SentNotification }
  | { readonly type: 'token' }
  | { readonly type: 'ended'; readonly error?: string | null }
