/** A plain notification, for tests of how it is sent. */
export const notification = {
  id: 'n-1',
  addressee: 'alice',
  subject: 'order.shipped',
  body: 'hello',
  encoding: null,
  contentType: null,
  sentAt: '2026-11-21T20:15:03.120Z',
  correlationId: null,
} as const
