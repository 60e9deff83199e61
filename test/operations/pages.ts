import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

const folder = new URL('../../docs/operations/', import.meta.url)

/** The text of a file for operators. */
export const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

/** An entry of the runbook: its symptom, and what shows it. */
export interface Entry {
  readonly title: string
  readonly alerts: readonly string[]
  /** Metrics, without the conditions on their labels. */
  readonly metrics: readonly string[]
  /** Sentences of the log. */
  readonly lines: readonly string[]
}

/** The entries of the runbook, without its table of log lines. */
export const entries: readonly Entry[] = textOf('runbook.md')
  .split(/^## /m)
  .slice(1)
  .filter((section) => !section.startsWith('Log lines'))
  .map((section) => {
    const listOf = (name: string) => new RegExp(`^- \\*\\*${name}:\\*\\* (.*)$`, 'm').exec(section)?.[1] ?? ''
    const quoted = (name: string) => [...listOf(name).matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
    return {
      title: section.split('\n', 1)[0] ?? '',
      alerts: listOf('Alert').split(', ').filter(Boolean),
      metrics: quoted('Metric').map((metric) => metric.replace(/^notifications_/, '')),
      lines: quoted('Log'),
    }
  })

/** The rows of the runbook's table of log lines. */
export const logRows: readonly { readonly line: string; readonly means: string; readonly action: string }[] =
  textOf('runbook.md')
    .split('\n## Log lines\n')[1]
    ?.split('\n')
    .filter((row) => row.startsWith('| `'))
    .map((row) => {
      const [line = '', means = '', action = ''] = row
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim())
      return { line: line.slice(1, -1), means, action }
    }) ?? []

/** An alert rule. */
export interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string; readonly runbook: string }
}

/** The alert rules. */
export const rules: readonly Rule[] = (
  parse(textOf('alerts.yaml')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
).groups.flatMap(({ rules }) => rules)

/** The dashboard, as far as tests look at it. */
export const dashboard = JSON.parse(textOf('dashboard.json')) as {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly targets: readonly { readonly expr: string }[]
  }[]
}
