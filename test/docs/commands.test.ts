import t from 'tap'
import { pages } from './blocks.ts'
import { playBlocks, scripts } from './commands.ts'

/** Blocks whose commands take seconds each, and have suites of their own. */
const leftToTheLongRun = [
  'npm test --',
  'npm run pack',
  'conformance -- --client',
  'conformance -- --server',
  'listen -- --token-command',
  'dead-letters -- forward',
  'dead-letters -- redrive',
]

t.test('every script that a page names is in package.json', async (t) => {
  for (const { path, text } of pages) {
    for (const [, name = ''] of text.matchAll(/npm run (?:-s )?([a-z:-]+)/g)) t.ok(name in scripts, `${path}: ${name}`)
  }
})

t.test('every block of every page does what the page says, beside npm run dev', (t) => playBlocks(t, leftToTheLongRun))
