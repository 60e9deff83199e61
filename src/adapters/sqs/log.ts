/** A log: a fixed sentence plus fields, never a body or a token. A pino logger is one. */
export interface Log {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}
