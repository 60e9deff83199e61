/** One line of a chart. */
export interface Series {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Chart {
  readonly title: string
  readonly series: readonly Series[]
}

const width = 380
const height = 300
const plot = { left: 58, right: width - 16, top: 44, bottom: height - 46 }
const maxTicks = 5

/** Colours that are readable on white and, by the second set, on black; each line also has its name beside it. */
const style = `
  svg { background: #fff; font: 12px system-ui, sans-serif; }
  text { fill: #333; } .title { font-weight: 600; font-size: 13px; }
  .grid { stroke: #ddd; } .axis { stroke: #888; }
  .line { fill: none; stroke-width: 2; } .s0 { stroke: #0b5fb0; } .s1 { stroke: #a35200; stroke-dasharray: 6 4; }
  .dot { stroke: none; } .dot.s0, .name.s0 { fill: #0b5fb0; stroke: none; } .dot.s1, .name.s1 { fill: #a35200; stroke: none; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; } text { fill: #d0d7de; } .grid { stroke: #30363d; } .axis { stroke: #6e7681; }
    .s0 { stroke: #6cb6ff; } .s1 { stroke: #f0a355; }
    .dot.s0, .name.s0 { fill: #6cb6ff; } .dot.s1, .name.s1 { fill: #f0a355; }
  }`

/** Returns charts beside each other as one SVG. The horizontal axis is logarithmic, the vertical one begins at 0. */
export function lineCharts(charts: readonly Chart[], xTitle: string): string {
  const all = charts.map((chart, i) => `<g transform="translate(${i * width} 0)">${chartOf(chart, xTitle)}</g>`)
  const size = `width="${charts.length * width}" height="${height}" viewBox="0 0 ${charts.length * width} ${height}"`
  const title = charts.map(({ title }) => title).join('; ')
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(title)}">
<style>${style}
</style>
${all.join('\n')}
</svg>
`
}

function chartOf({ title, series }: Chart, xTitle: string): string {
  const points = series.flatMap((one) => one.points)
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b)
  const step = tickStep(Math.max(...points.map(({ y }) => y)))
  const top = step * Math.ceil(Math.max(...points.map(({ y }) => y)) / step)
  const [first = 1, last = 10] = [xs[0], xs.at(-1)]
  const span = Math.log(last / first) || 1
  const xAt = (x: number) => round(plot.left + (Math.log(x / first) / span) * (plot.right - plot.left))
  const yAt = (y: number) => round(plot.bottom - (y / top) * (plot.bottom - plot.top))
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step)
  return [
    text('title', plot.left, 22, title),
    ...ticks.map((tick) => `<path class="grid" d="M${plot.left} ${yAt(tick)}H${plot.right}"/>`),
    ...ticks.map((tick) => text('', plot.left - 6, yAt(tick) + 4, tick.toLocaleString('en'), 'end')),
    `<path class="axis" d="M${plot.left} ${plot.bottom}H${plot.right}"/>`,
    ...xs.map((x) => text('', xAt(x), plot.bottom + 16, x.toLocaleString('en'), x === last ? 'end' : 'middle')),
    text('', (plot.left + plot.right) / 2, plot.bottom + 36, xTitle, 'middle'),
    ...series.flatMap(({ name, points }, i) => [
      `<path class="line s${i}" d="${points.map(({ x, y }, n) => `${n === 0 ? 'M' : 'L'}${xAt(x)} ${yAt(y)}`).join('')}"/>`,
      ...points.map(({ x, y }) => `<circle class="dot s${i}" cx="${xAt(x)}" cy="${yAt(y)}" r="3"/>`),
      text(`name s${i}`, plot.left + 8 + i * 110, 38, `${i === 0 ? '●' : '○'} ${name}`),
    ]),
  ].join('\n')
}

/** Returns the distance of round ticks, of which at most five reach the largest value. */
function tickStep(largest: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(largest, 1e-9) / maxTicks))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => largest / step <= maxTicks) ?? 10 * power
}

function text(
  style: string,
  x: number,
  y: number,
  words: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return `<text class="${style}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
