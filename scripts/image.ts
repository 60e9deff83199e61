/** `npm run image`: builds the image of the service with Docker, Podman or Buildah, whichever is there. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, runCommand } from '../src/command-line.ts'
import { projectFolder } from './stack/project.ts'

/** Each with a call that succeeds only if it can build: a client of Docker may have no server. */
const builders = [
  { program: 'docker', probe: ['info'], build: ['build'] },
  { program: 'podman', probe: ['info'], build: ['build'] },
  { program: 'buildah', probe: ['info'], build: ['build'] },
] as const

process.exitCode = await runCommand(
  {
    name: 'npm run image',
    about:
      'Builds the image of the service from Dockerfile-dev with Docker, Podman or Buildah, and names it by the version. Says so and exits with 1 when none of them works here.',
  },
  () => null,
  async () => {
    const works = ({ program, probe }: (typeof builders)[number]) =>
      spawnSync(program, probe, { timeout: 30_000 }).status === 0
    const builder = builders.find(works)
    if (builder === undefined) {
      const names = builders.map(({ program }) => program).join(', ')
      console.error(`No image was built: none of ${names} works on this machine.`)
      return exitCodes.failure
    }
    const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string }
    const labels = { version, revision: revision() }
    const args = [
      ...builder.build,
      ...['--pull', '--file', 'Dockerfile-dev', '--tag', `notification-service:${version}`],
      ...Object.entries(labels).flatMap(([name, value]) => ['--label', `org.opencontainers.image.${name}=${value}`]),
      '.',
    ]
    console.log(`${builder.program} ${args.join(' ')}`)
    const { status } = spawnSync(builder.program, args, { cwd: projectFolder, stdio: 'inherit' })
    return status === 0 ? exitCodes.ok : exitCodes.failure
  },
)

/** Returns the commit of the checkout; `unknown` outside a repository. */
function revision(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: projectFolder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : 'unknown'
}
