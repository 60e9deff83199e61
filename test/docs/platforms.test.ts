import { readFileSync } from 'node:fs'
import t from 'tap'
import { blockWith, pages } from './blocks.ts'

const root = new URL('../../', import.meta.url)
const page = pages.find(({ path }) => path === 'docs/clients.md')?.text ?? ''
const chapter = /^## Platforms\n([\s\S]*?)^## /m.exec(page)?.[1] ?? ''

t.test('an excerpt of a client is in the file of the client', async (t) => {
  for (const [words, path] of [
    ['client.run(show)', 'src/clients/python/notifications.py'],
    ['client.Run(ctx', 'src/clients/go/notifications.go'],
    ['notifications_run(&n)', 'src/clients/c/notifications.c'],
    ['./print-token ./handle', 'src/clients/shell/notifications.sh'],
  ] as const) {
    const file = readFileSync(new URL(path, root), 'utf8')
    t.ok(chapter.includes(`../${path}`), `the section leads to ${path}`)
    for (const line of blockWith(words, 'clients.md').text.trim().split('\n')) t.ok(file.includes(line.trim()), line)
  }
})

t.test(
  'a platform in the table of platforms has a section, and a section of the chapter is in the table',
  async (t) => {
    const sections = [...chapter.matchAll(/^### (.*)$/gm)].map(([, title = '']) => title.toLowerCase())
    const [, table = ''] = /^\| platform .*\n\|[- |]+\n((?:\|.*\n)+)/m.exec(chapter) ?? []
    const platforms = [...table.matchAll(/^\| (.+?) +\| /gm)].flatMap(([, row = '']) => row.toLowerCase().split(', '))
    t.ok(platforms.length >= 10)
    for (const platform of platforms)
      t.ok(
        sections.some((section) => section.includes(platform)),
        platform,
      )
    for (const section of sections)
      t.ok(
        platforms.some((platform) => section.includes(platform)),
        section,
      )
  },
)
