/** `npm run image`: builds the image of the service with Docker, Podman or Buildah, whichever is there. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, runCommand, UsageError } from '../src/command-line.ts'
import { projectFolder } from './stack/project.ts'

interface Builder {
  readonly program: string
  /** Returns the arguments that show the digest of an image that was pulled. */
  readonly inspect: (image: string) => readonly string[]
  readonly build: readonly string[]
}

const ofDocker = (image: string) => ['image', 'inspect', '--format', '{{index .RepoDigests 0}}', image]

/** The form of images that these make by themselves has no place for a health check. */
const ofOthers = ['build', '--format', 'docker']

const builders: readonly Builder[] = [
  { program: 'docker', inspect: ofDocker, build: ['build'] },
  { program: 'podman', inspect: ofDocker, build: ofOthers },
  {
    program: 'buildah',
    inspect: (image) => ['inspect', '--type', 'image', '--format', '{{.FromImageDigest}}', image],
    build: ofOthers,
  },
]

/** The base when none is given. It is named in full, since Podman and Buildah may look elsewhere for a short name. */
const usualBase = 'docker.io/library/node:24-bookworm-slim'
const digestForm = /sha256:[0-9a-f]{64}$/

process.exitCode = await runCommand(
  {
    name: 'npm run image',
    about:
      'Builds the image of the service from Dockerfile-dev with Docker, Podman or Buildah, and names it by the version. Says so and exits with 1 when none of them works here.',
    options: {
      base: {
        about: 'the image of Node 24 to build on; without this option, the one that its tag names now',
        value: 'NAME@sha256:DIGEST',
      },
    },
  },
  ({ values: { base = null } }) => {
    if (base === null || digestForm.test(base)) return base
    throw new UsageError(`--base needs an image by its digest, such as ${usualBase}@sha256:…; got ${base}`)
  },
  async (given) => {
    // A client of Docker may have no server.
    const works = ({ program }: Builder) => spawnSync(program, ['info'], { timeout: 30_000 }).status === 0
    const builder = builders.find(works)
    if (builder === undefined) {
      const names = builders.map(({ program }) => program).join(', ')
      console.error(`No image was built: none of ${names} works on this machine.`)
      return exitCodes.failure
    }
    const base = given ?? pinnedBase(builder)
    if (base === null) {
      console.error(`No image was built: the digest of ${usualBase} is not known. Give the base with --base.`)
      return exitCodes.failure
    }
    const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string }
    const labels = { version, revision: revision(), 'base.name': base, 'base.digest': digestForm.exec(base)?.[0] ?? '' }
    const args = [
      ...builder.build,
      ...['--file', 'Dockerfile-dev', '--tag', `notification-service:${version}`, '--build-arg', `BASE_IMAGE=${base}`],
      ...Object.entries(labels).flatMap(([name, value]) => ['--label', `org.opencontainers.image.${name}=${value}`]),
      '.',
    ]
    console.log(`${builder.program} ${args.join(' ')}`)
    const { status } = spawnSync(builder.program, args, { cwd: projectFolder, stdio: 'inherit' })
    return status === 0 ? exitCodes.ok : exitCodes.failure
  },
)

/** Pulls the usual base and returns it by the digest that it has now; null when that cannot be told. */
function pinnedBase({ program, inspect }: Builder): string | null {
  if (spawnSync(program, ['pull', '--quiet', usualBase], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0)
    return null
  const { status, stdout } = spawnSync(program, inspect(usualBase), { encoding: 'utf8' })
  const digest = status === 0 ? digestForm.exec(stdout.trim()) : null
  return digest === null ? null : `${usualBase}@${digest[0]}`
}

/** Returns the commit of the checkout; `unknown` outside a repository. */
function revision(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: projectFolder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : 'unknown'
}
