import { exitCodes, runCommand } from './command-line.ts'
import { run } from './run.ts'

process.exitCode = await runCommand(
  {
    name: 'npm start',
    about: 'Starts an instance of the service with the settings of the environment, which .env.example lists.',
  },
  () => null,
  async () => {
    await run(process.env)
    return exitCodes.ok
  },
)
