import t from 'tap'
import { anyNumber, parseCommandLine, runCommand, UsageError, wholeNumber } from '../../src/command-line.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { hasHelp, helpRuns } from './command-help.ts'
import { commands, runCommandFile, runCommandFiles } from './command-runs.ts'

t.test('scripts that need a running stack say how to start one', async (t) => {
  const folder = await temporaryFolder(t)
  const alone = await runCommandFile('scripts/token.ts', ['alice'], folder)
  const beside = await runCommandFiles(
    [
      { file: 'scripts/token.ts', args: ['alice'] },
      { file: 'scripts/notify.ts', args: ['alice', 'hello'] },
    ],
    folder,
  )
  t.same(beside[0], alone, 'a process of several commands shows what a process of one command shows')
  for (const { code, stdout, stderr } of [alone, ...beside]) {
    t.equal(code, 1)
    t.equal(stdout, '', 'the error is not on the standard output, which may go into a shell variable')
    t.match(stderr, 'npm run dev')
  }
})

t.test('a fault of the arguments is named, with the help, and the exit code is 2', async (t) => {
  const folder = await temporaryFolder(t)
  const faults = [
    ['token', [], 'NAME is missing'],
    ['token', ['alice', '--ttl', 'long'], '--ttl: expected a whole number from 1 to 31536000, got "long"'],
    ['token', ['alice', '--scop', 'x'], "Unknown option '--scop'"],
    ['notify', ['alice'], 'BODY is missing'],
    ['notify', ['alice', 'one', 'two'], 'Unexpected argument "two"'],
    ['notify', ['alice', 'one', '--wait', '31'], '--wait'],
    ['notify', ['alice', 'one', '--expires-at', '2036-11-21'], '--expires-at'],
    ['dev', ['--mode', '3'], '--mode: expected one of 1, 2, got "3"'],
    ['dev', ['--instances', '0'], '--instances: expected a whole number from 1 to 9, got "0"'],
    ['chaos', ['--minutes', ''], '--minutes: expected a number from 0.1 to 600, got ""'],
    ['simulate', ['--seeds', '0'], '--seeds: expected a whole number'],
    ['fuzz', ['--mode', 'constructor'], '--mode: expected one of 1, 2'],
  ] as const
  const ends = await runCommandFiles(
    faults.map(([script, args]) => ({ file: `scripts/${script}.ts`, args })),
    folder,
  )
  for (const [i, { code, stdout, stderr }] of ends.entries()) {
    const [script, , fault] = faults[i] ?? ['', [], 'none']
    t.equal(code, 2, stderr)
    t.equal(stdout, '')
    t.ok(stderr.startsWith(fault), stderr)
    t.match(stderr, `\n\nusage: npm run ${script} -- `)
  }
})

t.test('every npm command has --help, and refuses an option that it does not know with the exit code 2', async (t) => {
  const runs = commands.flatMap((command) =>
    helpRuns(command).map((arg) => ({ command, file: command.file, args: [arg] })),
  )
  // The long run gives each of them a process of its own.
  const ends = await runCommandFiles(runs, await temporaryFolder(t))
  for (const command of commands) {
    t.test(command.name, async (t) => {
      const own = ends.filter((_, i) => runs[i]?.command === command)
      hasHelp(t, command, own)
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
