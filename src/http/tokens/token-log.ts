/** The part of a pino logger that is used here. */
export interface TokenLog {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
}
