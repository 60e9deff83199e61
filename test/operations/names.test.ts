import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { collectDefaultMetrics, Registry } from 'prom-client'
import t from 'tap'
import { collectSentences } from './log-sentences.ts'
import { dashboard, entries, logRows, rules, textOf } from './pages.ts'

const register = new Registry()
collectDefaultMetrics({ register })
/** Every metric: those of the page, which another test holds to an instance, and those of Node and the process. */
const known = new Set([
  ...[...textOf('metrics.md').matchAll(/^\| `(notifications_\w+)`/gm)].map(([, name = '']) => name),
  ...register.getMetricsAsArray().map(({ name }) => name),
])
const namesIn = (text: string) =>
  [...text.matchAll(/\b(?:notifications|nodejs|process)_[a-z0-9_]+/g)].map(([name]) =>
    known.has(name) ? name : name.replace(/_(bucket|count|sum)$/, ''),
  )

t.test('alerts, dashboard, service levels, runbook and metrics name metrics that exist', async (t) => {
  for (const file of ['alerts.yaml', 'dashboard.json', 'slo.md', 'runbook.md', 'metrics.md']) {
    const names = namesIn(textOf(file))
    t.ok(names.length > 3, file)
    t.same(
      names.filter((name) => !known.has(name)),
      [],
      file,
    )
  }
})

t.test('the dashboard has panels with queries, each with an id of its own', async (t) => {
  const ids = dashboard.panels.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  for (const { title, targets } of dashboard.panels) t.ok(targets.length > 0, title)
})

t.test('each alert leads to the entry of the runbook that names it', async (t) => {
  for (const { alert, annotations } of rules) {
    const entry = entries.find(({ alerts }) => alerts.includes(alert))
    const anchor = entry?.title.toLowerCase().replaceAll(' ', '-')
    t.equal(annotations.runbook, `runbook.md#${anchor}`, alert)
  }
  t.same(entries.flatMap(({ alerts }) => alerts).sort(), rules.map(({ alert }) => alert).sort())
})

t.test('each alert that the page of service levels names is a rule', async (t) => {
  const named = [...textOf('slo.md').matchAll(/`(Notifications[A-Za-z]+)`/g)].map(([, name = '']) => name)
  t.equal(named.length, 4)
  for (const name of named)
    t.ok(
      rules.some(({ alert }) => alert === name),
      name,
    )
})

t.test('the runbook has a row for each sentence that the service logs above info, and for no other', async (t) => {
  const { sentences, unknown } = collectSentences()
  t.same(unknown, [], 'the sentence of each log call is known')
  t.same(logRows.map(({ line }) => line).sort(), [...sentences].sort())
  for (const { line, means, action } of logRows) t.ok(means !== '' && action !== '', line)
})

const promtool = spawnSync('promtool', ['--version']).error === undefined
const skip = promtool ? false : 'promtool is not installed (Debian package prometheus)'

t.test('promtool accepts the alert rules, and they raise the alerts of its plays', { skip }, async (t) => {
  const run = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8' })
  const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
  const checked = run('check', 'rules', path('docs/operations/alerts.yaml'))
  t.equal(checked.status, 0, checked.stdout + checked.stderr)
  const played = run('test', 'rules', path('test/operations/alerts.promtool.yaml'))
  t.equal(played.status, 0, played.stdout + played.stderr)
})
