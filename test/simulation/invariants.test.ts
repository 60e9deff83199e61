import { readFile } from 'node:fs/promises'
import t from 'tap'
import { invariants } from './invariants.ts'

t.test('the README numbers the same invariants', async (t) => {
  const readme = await readFile(new URL('../../src/delivery/README.md', import.meta.url), 'utf8')
  const numbers = [...readme.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => number)
  t.strictSame(numbers, Object.keys(invariants))
})
