/** Keeps what is logged, each line as its sentence and its fields. */
export class LogBook {
  readonly lines: { readonly level: string; readonly sentence: string; readonly fields: object }[] = []
  debug(fields: object, sentence: string): void {
    this.lines.push({ level: 'debug', sentence, fields })
  }
  info(fields: object, sentence: string): void {
    this.lines.push({ level: 'info', sentence, fields })
  }
  warn(fields: object, sentence: string): void {
    this.lines.push({ level: 'warn', sentence, fields })
  }
  error(fields: object, sentence: string): void {
    this.lines.push({ level: 'error', sentence, fields })
  }
  /** How many lines of this level there are. */
  count(level: string): number {
    return this.lines.filter((line) => line.level === level).length
  }
}
