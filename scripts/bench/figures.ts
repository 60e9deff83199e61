import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectFolder } from '../stack/project.ts'
import { type Chart, lineCharts } from './line-charts.ts'
import { figuresIn } from './page-tables.ts'
import type { Results } from './results.ts'
import type { Stage } from './sweep.ts'

/** The folder of the numbers and the plot. */
const folder = join(projectFolder, 'docs', 'performance')
const page = join(projectFolder, 'docs', 'performance.md')

/**
 * Writes the numbers and the plot of a run, and, after a complete run that was not a quick one, the tables of the page.
 * Returns the files.
 */
export async function writeFigures(results: Results, isQuick: boolean): Promise<string[]> {
  const name = isQuick ? 'quick' : 'bench'
  await mkdir(folder, { recursive: true })
  const written = [join(folder, `${name}.json`)]
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`)
  if (results.growth !== null) {
    const file = join(folder, isQuick ? 'quick.svg' : 'growth.svg')
    await writeFile(file, growthPlot(results.growth))
    written.push(file)
  }
  if (!isQuick) {
    await writeFile(page, withFigures(await readFile(page, 'utf8'), figuresIn(results)))
    written.push(page)
  }
  return written
}

/** Returns the plot of both servers with more and more clients, as SVG. */
export function growthPlot({ bare, service }: NonNullable<Results['growth']>): string {
  const chart = (title: string, y: (stage: Stage) => number): Chart => ({
    title,
    series: [
      { name: 'service', points: service.map((stage) => ({ x: stage.clients, y: y(stage) })) },
      { name: 'bare node:http', points: bare.map((stage) => ({ x: stage.clients, y: y(stage) })) },
    ],
  })
  const charts = [
    chart('Deliveries per CPU second', ({ deliveriesPerCpuSecond }) => deliveriesPerCpuSecond),
    chart('Memory of the process, MiB', ({ residentKiB }) => residentKiB / 1_024),
  ]
  return lineCharts(charts, 'held clients (logarithmic)')
}

const begin = '<!-- The tables from here on are written by npm run bench. -->'
const end = '<!-- The tables end here. -->'

/** Returns the page with these tables in place of the earlier ones. */
export function withFigures(text: string, tables: string): string {
  const [before, rest] = split(text, begin)
  const [, after] = split(rest, end)
  return `${before}${begin}\n\n${tables}\n\n${end}${after}`
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  if (at === -1) throw new Error(`the page has no line ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}
