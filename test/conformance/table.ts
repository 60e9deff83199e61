import type { Outcome } from './outcome.ts'

const marks = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const

/** Returns the outcomes as a table with a line for each case, the reasons of failures, and the counts. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map(({ requires }) => requires.join(', ').length))
  const lines = outcomes.flatMap(({ name, requires, kind, reason, ms }) => [
    `${marks[kind].padEnd(8)}${requires.join(', ').padEnd(width)}  ${(ms / 1000).toFixed(1).padStart(5)} s  ${name}`,
    ...(kind === 'failed' ? [`${' '.repeat(8)}${reason.replaceAll('\n', '\n        ')}`] : []),
  ])
  const count = (kind: Outcome['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length
  const skipped = count('skipped')
  return [
    ...lines,
    '',
    `${count('passed')} passed, ${count('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  ].join('\n')
}
