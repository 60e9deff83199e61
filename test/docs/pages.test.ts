import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Setting } from '../../src/setting.ts'
import { settings } from '../../src/settings.ts'
import { pages } from './blocks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const textOf = (path: string) => pages.find((page) => page.path === path)?.text ?? ''
/** Without fenced blocks, in which a bracket is no link. */
const proseOf = (text: string) => text.replaceAll(/^```[\s\S]*?^```$/gm, '')

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): readonly string[] {
  return [...proseOf(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

t.test('the README is a front page: it has less than 200 lines and links every page in docs', async (t) => {
  const readme = textOf('README.md')
  t.ok(readme.split('\n').length < 200)
  for (const { path } of pages) if (/^docs\/[^/]+$/.test(path)) t.ok(readme.includes(`](${path})`), path)
})

t.test('every link between pages leads to a file, and to a heading where it names one', async (t) => {
  const linked = new Set<string>()
  for (const { path, text } of pages) {
    const links = [...proseOf(text).matchAll(/\]\(([^)]+)\)|^\[[\w-]+\]: (\S+)$/gm)].map(
      ([, link, url]) => link ?? url ?? '',
    )
    for (const link of links) {
      if (/^https?:/.test(link)) continue
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      t.ok(existsSync(join(root, target)), `${path}: ${link}`)
      if (anchor !== undefined) t.ok(anchorsOf(textOf(target)).includes(anchor), `${path}: ${link}`)
      linked.add(target)
    }
  }
  for (const file of readdirSync(join(root, 'docs'), { withFileTypes: true, recursive: true })) {
    const path = relative(root, join(file.parentPath, file.name))
    if (!file.isDirectory()) t.ok(linked.has(path), `a page leads to ${path}`)
  }
})

t.test('every path that a page names is in the checkout', async (t) => {
  for (const { path, text } of pages) {
    const named = text.matchAll(
      /(?<![\w./-])(?:(?:src|test|scripts|docs|api)\/[\w./-]*|[\w-]+(?:\/[\w-]+)*\/[\w-]+\.ts)/g,
    )
    for (const [name] of named) {
      // Drawings name files from `src/` on, and this page is in `docs/`.
      const places = [name, join('src', name), join(dirname(path), name)]
      t.ok(
        places.some((place) => existsSync(join(root, place))),
        `${path}: ${name}`,
      )
    }
  }
})

t.test('every setting that a page names is a setting, and its default is the one in the table', async (t) => {
  const table: Readonly<Record<string, Setting<unknown>>> = settings
  // Beside those of the AWS SDK, of Node and of libcurl, `npm run dead-letters` and `npm run listen` have some of their own.
  const others = /^(AWS_|CURLOPT_|ERROR_|NODE_|NOTIFICATION_(?!SERVICE_)|SMTP_|WEBHOOK_)/
  const known = (name: string) => name in settings || others.test(name)
  for (const { path, text } of pages) {
    for (const [, name = ''] of text.matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`/g)) {
      t.ok(known(name), `${path}: ${name}`)
    }
  }
  const rows = [...textOf('docs/operating.md').matchAll(/^\| `([A-Z_]+)` +\| .* \| (\S[^|]*?) +\|$/gm)]
  t.ok(rows.length > 20)
  for (const [, name = '', said = ''] of rows) {
    const { fallback, fallbackText } = table[name] ?? { fallback: null }
    const value = fallbackText ?? String(fallback)
    // Settings that are required say so, and some defaults are too long for the table.
    if (said.startsWith('`')) t.equal(said, `\`${value}\``, name)
    else if (!said.startsWith('required') && !said.startsWith('from ')) t.equal(said, value, name)
  }
})
