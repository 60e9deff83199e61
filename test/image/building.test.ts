import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { root } from './dockerfile.ts'

/** Runs `npm run image` where only these programs are found, each a shell script. */
async function build(t: Test, programs: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const folder = await temporaryFolder(t)
  const bin = join(folder, 'bin')
  await mkdir(bin)
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  const file = fileURLToPath(new URL('scripts/image.ts', root))
  return spawnSync(process.execPath, [file, ...args], { env: { PATH: bin }, encoding: 'utf8' })
}

t.test('where no image can be built, npm run image says so and exits with 1', async (t) => {
  for (const programs of [{}, { docker: 'exit 1' }]) {
    const { status, stderr } = await build(t, programs as Record<string, string>)
    t.equal(status, 1)
    t.match(stderr, 'No image was built: none of docker, podman, buildah works on this machine.')
  }
})

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
/** A program that can build, and says this of the base. */
const program = (inspected: string) =>
  `case "$*" in info) ;; pull*) ;; *inspect*) echo '${inspected}' ;; *) echo "$0 $*" ;; esac`

t.test('an image is built on a base by its digest alone: the one that is given, or the one of the tag', async (t) => {
  const given = `registry.example/node@${digest}`
  const built = await build(t, { buildah: program('') }, ['--base', given])
  t.equal(built.status, 0)
  t.match(built.stdout, `--build-arg BASE_IMAGE=${given} `)
  const tagged = await build(t, { buildah: program('') }, ['--base', 'node:24'])
  t.equal(tagged.status, 2)
  t.match(tagged.stderr, '--base needs an image by its digest')
  const unknown = await build(t, { buildah: program('') })
  t.equal(unknown.status, 1)
  t.match(unknown.stderr, 'the digest of docker.io/library/node:24-bookworm-slim is not known')
})

t.test('the first program that works builds the image, named by the version, and its failure is told', async (t) => {
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
  const record = program(`docker.io/library/node@${digest}`)
  const built = await build(t, { docker: 'exit 1', podman: record })
  t.equal(built.status, 0)
  t.match(built.stdout, `podman build --format docker --file Dockerfile-dev --tag notification-service:${version}`)
  t.match(built.stdout, `--build-arg BASE_IMAGE=docker.io/library/node:24-bookworm-slim@${digest}`)
  t.match(built.stdout, `org.opencontainers.image.base.digest=${digest}`)
  t.match(built.stdout, `org.opencontainers.image.version=${version}`)
  const failed = await build(t, { docker: `${record}; exit 3` })
  t.equal(failed.status, 1)
})
