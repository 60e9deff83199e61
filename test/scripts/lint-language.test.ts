import t from 'tap'
import { lintLanguage } from '../../scripts/lint/language.ts'

/** The lines of the findings. A percent sign in a sample keeps the lint from finding the sample in this file. */
function lines(path: string, content: string): number[] {
  return lintLanguage(path, content.replaceAll('%', '')).findings.map(({ line }) => line)
}

t.test('a comment must not begin with one of the words', (t) => {
  for (const word of ['What', 'Who', 'Whoever', 'Whose', 'Whatever', 'what', 'who']) {
    t.same(lines('src/a.ts', `const a = 1\n// ${word} is here.\n`), [2], word)
    t.same(lines('src/a.js', `/**\n * ${word} is here.\n */\nexport const a = 1\n`), [2], word)
  }
  t.same(lines('src/a.ts', '// Whole, somewhat, for whoever it is. That is who is meant.\n'), [])
  t.end()
})

t.test('a later sentence of a comment must not begin with one of the words', (t) => {
  t.same(lines('src/a.ts', `f() // Ends. Wh%o stays is told.\n`), [1])
  t.same(lines('src/a.ts', `// A lease: Wh%at is held.\n`), [1])
  t.same(lines('src/a.ts', `// Says \`one.\` "Wh%ose" is a word.\n`), [1])
  t.same(lines('src/a.ts', `// For others, e.g. wh%o is away: wh%at they get.\n`), [])
  t.end()
})

t.test('a sentence is found across the lines of its comment', (t) => {
  t.same(lines('src/a.ts', `{\n  // A lease ends.\n  // Wh%oever holds it is told.\n}\n`), [3])
  t.same(lines('src/a.ts', `/**\n * A lease is held by\n * wh%oever asked for it.\n */\n`), [])
  t.same(lines('src/a.ts', `// A lease is for\n\n// wh%oever asked for it.\n`), [3], 'an empty line ends a comment')
  t.end()
})

t.test('paragraphs, list items and tags of JSDoc begin sentences', (t) => {
  t.same(lines('src/a.ts', `/**\n * A lease\n *\n * wh%o has it\n */\n`), [4])
  t.same(lines('src/a.ts', `/**\n * States:\n * - wh%at is held\n */\n`), [3])
  t.same(
    lines('src/a.js', `/**\n * @param {string} id wh%ose it is\n * @returns {number} wh%at is left\n */\n`),
    [2, 3],
  )
  t.end()
})

t.test('titles, messages and descriptions are texts too', (t) => {
  t.same(lines('test/a.test.ts', "t.test('wh%at is held is kept', () => {})\n"), [1])
  t.same(lines('test/a.test.ts', 't.test(`wh%o polls at $' + '{url} is held`, () => {})\n'), [1])
  t.same(lines('test/a.test.ts', "const rows = { 'wh%oever is here is served': 1 }\n"), [1])
  t.same(lines('src/a.ts', "log.warn('Stopped. Wh%at is left stays on the queue.')\n"), [1])
  t.same(lines('src/a.ts', "const a = ['what', 'https://a/?q=1//what']\n"), [], 'no sentences')
  t.same(lines('api/a.yaml', `description: >-\n  Ends a lease.\n  Wh%oever holds it is told.\n`), [3])
  t.same(lines('api/a.yaml', `example: Wh%at a day\nsummary: "Wh%at is needed"\n# wh%o knows\n`), [2, 3])
  t.end()
})

t.test('pages are read without headings and fenced blocks, and may ask questions', (t) => {
  t.same(lines('docs/a.md', '# A page\n\nIt waits. Wh%at waits\nis held.\n'), [3])
  t.same(lines('docs/a.md', '| it | wh%at it is |\n|---|---|\n| Wh%oever polls | Wh%o is it? |\n'), [3])
  t.same(lines('docs/a.md', '## Wh%at it is\n\n- Wh%o polls? A client.\n- wh%ose it is\n'), [4])
  t.same(lines('docs/a.md', '```sh\n# Wh%at is it\n```\nA page.\n'), [])
  t.end()
})

t.test('comments of SQL, shell scripts and style sheets are read, and the text of pages', (t) => {
  t.same(lines('src/a.sql', 'create table a (\n  id text -- whose it is\n);\n'), [2])
  t.same(lines('.ci/run', '#!/usr/bin/env bash\n# A gate.\n# What is linted.\n'), [3])
  t.same(lines('src/a.html', '<p class="hint">\n  Wh%o is <b>here</b></p>\n'), [2])
  t.same(lines('src/a.css', 'a {\n  /* what is seen */\n}\n'), [2])
  t.end()
})

t.test('a comment must not repeat the unit in the name', (t) => {
  t.same(lines('src/a.ts', '/** Milliseconds. */\nexport const waitMs = 1\n'), [2])
  t.same(lines('src/a.ts', '/** Two beats are missed. Milliseconds. */\nexport const waitMs = 1\n'), [2])
  t.same(lines('src/a.ts', 'interface A {\n  /** The size in bytes. */\n  readonly sizeBytes: number\n}\n'), [3])
  t.same(lines('src/a.ts', 'const TTL_SECONDS = 1 // How long it lives, in seconds.\n'), [1])
  t.same(lines('src/a.ts', '/** Two seconds longer than the proxy waits. */\nexport const waitMs = 1\n'), [])
  t.same(lines('src/a.ts', '/** Milliseconds. */\nexport const wait = 1\n'), [], 'a name without a unit')
  t.end()
})

t.test('bounds and defaults in src are named max… and default…', (t) => {
  t.same(lines('src/a.ts', 'const mostKept = 1\nconst longestName = 2\nconst usual = 3\nuse(mostKept)\n'), [1, 2, 3])
  t.same(lines('src/a.ts', 'function f(mostTries: number, { usualWait }: Needs) {}\n'), [1, 1])
  t.same(lines('src/a.ts', 'const maxKept = 1\nconst almost = 2\nconst mostly = 3\n'), [])
  t.same(lines('test/a.test.ts', 'const longestGap = 1\n'), [], 'a test may measure the longest of many')
  t.end()
})

t.test('sentences are counted against the words of the comments', (t) => {
  const sample = "// Wh%at a day.\n/* Fine words */ log('Wh%o is it')\n".replaceAll('%', '')
  const { commentSentences, commentWords } = lintLanguage('src/a.ts', sample)
  t.equal(commentSentences, 1)
  t.equal(commentWords, 5)
  t.end()
})
