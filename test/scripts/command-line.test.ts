import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { anyNumber, parseCommandLine, runCommand, UsageError, wholeNumber } from '../../src/command-line.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Runs a script like npm, with a temporary folder in place of .dev. */
function run(script: string, args: readonly string[], folder: string) {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; stdout: string; stderr: string }>()
  const file = fileURLToPath(
    new URL(`../../${script.startsWith('src/') ? '' : 'scripts/'}${script}.ts`, import.meta.url),
  )
  execFile(
    process.execPath,
    [file, ...args],
    { env: { ...process.env, DEV_FOLDER: folder } },
    (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr })
    },
  )
  return promise
}

t.test('scripts that need a running stack say how to start one', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [script, args] of [
    ['token', ['alice']],
    ['notify', ['alice', 'hello']],
  ] as const) {
    const { code, stdout, stderr } = await run(script, args, folder)
    t.equal(code, 1)
    t.equal(stdout, '', 'the error is not on the standard output, which may go into a shell variable')
    t.match(stderr, 'npm run dev')
  }
})

t.test('a fault of the arguments is named, with the help, and the exit code is 2', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [script, args, fault] of [
    ['token', [], 'NAME is missing'],
    ['token', ['alice', '--ttl', 'long'], '--ttl: expected a whole number from 1 to 31536000, got "long"'],
    ['token', ['alice', '--scop', 'x'], "Unknown option '--scop'"],
    ['notify', ['alice'], 'BODY is missing'],
    ['notify', ['alice', 'one', 'two'], 'Unexpected argument "two"'],
    ['dev', ['--mode', '3'], '--mode: expected one of 1, 2, got "3"'],
    ['dev', ['--instances', '0'], '--instances: expected a whole number from 1 to 9, got "0"'],
    ['chaos', ['--minutes', ''], '--minutes: expected a number from 0.1 to 600, got ""'],
    ['simulate', ['--seeds', '0'], '--seeds: expected a whole number'],
    ['fuzz', ['--mode', 'constructor'], '--mode: expected one of 1, 2'],
  ] as const) {
    const { code, stdout, stderr } = await run(script, args, folder)
    t.equal(code, 2, stderr)
    t.equal(stdout, '')
    t.ok(stderr.startsWith(fault), stderr)
    t.match(stderr, `\n\nusage: npm run ${script} -- `)
  }
})

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>
}
/** The commands of this repository. The other npm commands are chains of these and of other programs. */
const commands = Object.entries(scripts).flatMap(([name, command]) => {
  const [, file] = /^node (?:--\S+ )*((?:scripts|src)\/\S+\.ts)(?: --\S+)*$/.exec(command) ?? []
  return file === undefined ? [] : [{ name, file }]
})
/** Options of another program are passed on to it. */
const passOn = new Set(['test'])

t.test('every npm command has --help, and refuses an option that it does not know with the exit code 2', async (t) => {
  const folder = await temporaryFolder(t)
  t.ok(commands.length >= 10, 'the commands were found')
  t.jobs = 3
  for (const { name, file } of commands) {
    t.test(name, { buffered: true }, async (t) => {
      const runFile = (arg: string) => run(file.replace(/^scripts\/|\.ts$/g, ''), [arg], folder)
      const help = await runFile('--help')
      t.equal(help.code, 0)
      t.equal(help.stderr, '')
      t.match(
        help.stdout,
        /^usage: npm (run )?\S+ -- .*\[options\]\n\n[A-Z].*\.\n\n( {2}.*\n)* {2}--help +print this text\n$/,
      )
      t.ok(help.stdout.startsWith(`usage: npm ${/^(start|test)$/.test(name) ? '' : 'run '}${name} --`), help.stdout)
      if (passOn.has(name)) return
      const wrong = await runFile('--no-such-option')
      t.equal(wrong.code, 2)
      t.equal(wrong.stdout, '')
      t.match(wrong.stderr, /--no-such-option/)
      t.match(wrong.stderr, help.stdout.trim(), 'the help follows the fault')
    })
  }
})

/** A command line with operands and every kind of option. */
const everything = {
  name: 'npm run sample',
  about: 'Is an example.',
  operands: [
    { name: 'FIRST', about: 'needed' },
    { name: 'SECOND', about: 'optional', isOptional: true },
  ],
  options: {
    flag: { about: 'a flag' },
    text: { about: 'a text', value: 'TEXT', fallback: 'a' },
    many: { about: 'texts', value: 'TEXT', repeats: true },
    dashes: { about: 'flags', value: 'FLAGS', takesDashes: true },
  },
} as const

t.test('options may stand between operands, and what is absent has its default', async (t) => {
  const parse = (...args: string[]) => parseCommandLine(everything, args)
  t.same(parse('one'), { values: { flag: false, text: 'a', many: [] }, operands: ['one'] })
  t.same(parse('one', '--flag', '--text=b', 'two', '--many', 'x', '--many', 'y', '--dashes', '--a --b'), {
    values: { flag: true, text: 'b', many: ['x', 'y'], dashes: '--a --b' },
    operands: ['one', 'two'],
  })
  t.equal(parse('-h'), null)
  t.equal(parse('--help', 'more', 'than', 'allowed'), null)
  for (const args of [[], ['one', 'two', 'three'], ['one', '--text'], ['one', '--flag=yes']]) {
    t.throws(() => parse(...args), UsageError, args.join(' '))
  }
})

t.test('a command that passes options on takes its own, and leaves the others as they are', async (t) => {
  const line = { ...everything, operands: [], passesOn: true } as const
  t.same(parseCommandLine(line, ['--reporter=tap', '--flag', 'a.ts', 'b.ts']), {
    values: { flag: true, text: 'a', many: [] },
    operands: ['--reporter=tap', 'a.ts', 'b.ts'],
  })
})

t.test('a number that is out of its range, or none, is refused', async (t) => {
  const range = { from: 1, to: 10 }
  t.equal(wholeNumber('n', '10', range), 10)
  for (const text of ['0', '11', '1.5', '-1', '', ' 1', 'many', '1e1'])
    t.throws(() => wholeNumber('n', text, range), text)
  t.equal(anyNumber('n', '1.5', range), 1.5)
  for (const text of ['0.5', '10.1', '', 'NaN']) t.throws(() => anyNumber('n', text, range), text)
})

t.test('an error of the work is a failure', async (t) => {
  const printed = t.capture(console, 'error')
  const code = await runCommand(
    { name: 'npm run sample', about: 'Fails.' },
    () => null,
    () => Promise.reject(new Error('no')),
    [],
  )
  t.equal(code, 1)
  t.match(printed()[0]?.args[0], /^Error: no/)
})
