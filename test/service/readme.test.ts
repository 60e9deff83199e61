import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

const folder = new URL('./', import.meta.url)
const textOf = (file: string) => readFileSync(new URL(file, folder), 'utf8')

/** Returns the suites of each list. */
const listed = Object.fromEntries(
  textOf('README.md')
    .split(/^## /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf('\n')), [...part.matchAll(/^\| `(\S+)`/gm)].map(([, file]) => file)]),
)

/** The suites of the folder; a long run beside a short one is the same suite. */
const suites = readdirSync(folder)
  .filter((file) => /\.(test|long)\.ts$/.test(file) && file !== 'readme.test.ts')
  .filter((file, _, files) => file.endsWith('.test.ts') || !files.includes(file.replace('.long.ts', '.test.ts')))

/** The text by which a suite chooses its mode. */
const signs: Readonly<Record<string, RegExp>> = {
  'In every mode': /^inEveryMode(?:Here)?\(/m,
  'In one mode, since the edge is the same in both': /'the edge, which is the same in every mode'/,
  'In mode 1 alone': /\b(?:startWorld(?:ToStop)?|polledStarts)\(/,
  'In mode 2 alone': /^(?![\s\S]*'the edge, which)[\s\S]*(?:ClientQueueWorld|serveCrowd)\(/,
}

t.test('every suite is in the list of the modes in which it runs', async (t) => {
  for (const [list, sign] of Object.entries(signs)) {
    t.same(listed[list]?.sort(), suites.filter((file) => sign.test(textOf(file))).sort(), list)
  }
  t.same(Object.values(listed).flat().sort(), suites.sort(), 'and in no other list')
})
