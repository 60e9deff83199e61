#!/usr/bin/env node
/** The program `notifications`, of the package for the command line: its first argument names the command. */
import { exitCodes, oneOf, runCommand, UsageError } from '../command-line.ts'
import { listen } from './listen.ts'

const [command, ...args] = process.argv.slice(2)

process.exitCode =
  command === 'listen'
    ? await listen({ name: 'notifications listen', args, env: process.env })
    : await runCommand(
        {
          name: 'notifications',
          about: 'Receives notifications. notifications listen --help prints the options.',
          operands: [{ name: 'COMMAND', about: 'listen (receive, and print, forward or execute)' }],
        },
        ({ operands: [given = ''] }) => {
          oneOf('COMMAND', given, ['listen'])
          throw new UsageError('options stand after the command')
        },
        async () => exitCodes.ok,
      )
