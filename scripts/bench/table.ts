import type { Pair } from './results.ts'
import { median } from './statistics.ts'

/** A line of a section: its name, and its value in a round. */
export type Row<Round> = readonly [name: string, format: (value: number) => string, value: (round: Round) => number]

const widths = [30, 12, 12, 10] as const

/** Returns the lines of one measurement: the medians of both servers, and the ratio of the service to the bare server. */
export function section<Round>(pairs: readonly Pair<Round>[], title: string, rows: readonly Row<Round>[]): string[] {
  if (pairs.length === 0) return []
  return [
    '',
    line([`${title[0]?.toUpperCase()}${title.slice(1)}`]),
    line(['', 'bare', 'service', 'ratio', pairs.length === 1 ? '' : 'ratios of the pairs']),
    ...rows.map(([name, format, value]) => {
      const bare = median(pairs.map((pair) => value(pair.bare)))
      const service = median(pairs.map((pair) => value(pair.service)))
      const each = pairs.length === 1 ? '' : ratios(pairs, value).map(ratioOf).join('  ')
      return line([`  ${name}`, format(bare), format(service), ratioOf(median(ratios(pairs, value))), each])
    }),
  ]
}

/** Returns the ratio of the service to the bare server in each pair. */
export function ratios<Round>(pairs: readonly Pair<Round>[], value: (round: Round) => number): number[] {
  return pairs.map((pair) => value(pair.service) / value(pair.bare))
}

function line([first = '', ...cells]: readonly string[]): string {
  const last = cells.length === 4 ? `   ${cells.pop()}` : ''
  return `${first.padEnd(widths[0])}${cells.map((cell, i) => cell.padStart(widths[i + 1] ?? 0)).join('')}${last}`.trimEnd()
}

export function ratioOf(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : '–'
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

export function tenths(value: number): string {
  return value.toFixed(1)
}

export function hundredths(value: number): string {
  return value.toFixed(2)
}
