import type { Finding } from './finding.ts'

/** Returns a line for each finding, with the advice below it, and a line of counts. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, state, text, advice }) => [
    `${state.padEnd(4)}  ${check.padEnd(width)}  ${text}`,
    ...(advice === null ? [] : [`${' '.repeat(width + 8)}→ ${advice}`]),
  ])
  const count = (wanted: Finding['state']) => findings.filter(({ state }) => state === wanted).length
  return [...lines, '', `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} to mend`].join('\n')
}
