import { readFileSync } from 'node:fs'
import t from 'tap'
import { settings } from '../../src/settings.ts'
import { readImage, readStages, root } from './dockerfile.ts'

const image = readImage()
const [build = []] = readStages()
const copiedIn = build
  .filter(({ word }) => word === 'COPY')
  .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1))
  .sort()

t.test('every stage is built from the base that the build is given, and the image has no layer of it', async (t) => {
  const bases = readStages().map(([from]) => from?.rest.split(' ')[0])
  const given = `$${'{BASE_IMAGE}'}`
  // Without a default: a build that names no base fails.
  t.strictSame(bases, [given, given, 'scratch'])
  t.match(readFileSync(new URL('Dockerfile-dev', root), 'utf8'), /^ARG BASE_IMAGE$/m)
})

t.test('the service runs as a user with a number, who is not root', async (t) => {
  t.match(image.user, /^[1-9]\d*:[1-9]\d*$/)
})

t.test('no shell stands between the signals and Node', async (t) => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  // A container gets its environment from whoever starts it, and there is no file with settings in it.
  t.equal(image.command.join(' '), scripts.start.replace('--env-file-if-exists=.env ', ''))
  t.notOk(image.has('ENTRYPOINT') || image.has('STOPSIGNAL'))
})

t.test('the image has production settings, and the default port of the service', async (t) => {
  t.match(image.env, { NODE_ENV: 'production', LOGGING_MODE: 'PRODUCTION', PORT: String(settings.PORT.fallback) })
  t.equal(image.expose, image.env.PORT)
})

t.test('the health check asks for liveness, with a timeout shorter than that of Docker', async (t) => {
  const script = image.health.command.at(-1) ?? ''
  t.match(script, '/health/live')
  const answerWithinSeconds = Number(/read -rt (\d+) /.exec(script)?.[1])
  const timeoutSeconds = Number(/--timeout=(\d+)s/.exec(image.health.options)?.[1])
  t.ok(answerWithinSeconds < timeoutSeconds)
})

t.test('only production packages are installed, as locked, without running their scripts', async (t) => {
  const installs = build.filter(({ word, rest }) => word === 'RUN' && rest.startsWith('npm')).map(({ rest }) => rest)
  t.equal(installs.length, 1)
  for (const word of ['npm ci', '--omit=dev', '--ignore-scripts']) t.match(installs[0], word)
})

t.test(
  'packages are installed before the sources are copied, so that a change of the sources does not repeat it',
  async (t) => {
    const steps = build.map(({ word, rest }) => `${word} ${rest}`)
    const install = steps.findIndex((step) => step.startsWith('RUN npm'))
    t.strictSame(
      steps.slice(0, install).filter((step) => step.startsWith('COPY')),
      ['COPY package.json package-lock.json ./'],
    )
  },
)

t.test('the build context has the files that the build copies, and no others', async (t) => {
  const rules = readFileSync(new URL('.dockerignore', root), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  t.equal(rules[0], '*')
  t.strictSame(rules.slice(1).sort(), copiedIn.map((path) => `!${path}`).sort())
})

t.test('the image has the copied files and the packages, without the lock file', async (t) => {
  const forTheBuild = /^package-lock\.json$|^scripts\//
  const names = ['node_modules', 'sbom.json', ...copiedIn].filter((name) => !forTheBuild.test(name)).sort()
  t.strictSame(
    image.copies.filter(([from]) => from === '--from=build').sort(),
    names.map((name) => ['--from=build', `${image.workdir}/${name}`, name]),
  )
  t.ok(
    build.some(({ word, rest }) => word === 'RUN' && rest === 'node scripts/sbom.ts > sbom.json'),
    'with the bill of materials of what it ships',
  )
})

t.test('the image says its licence and has it, and has no package manager', async (t) => {
  const [, system = [], stage = []] = readStages()
  const all = (word: string, of = stage) =>
    of.filter((instruction) => instruction.word === word).map(({ rest }) => rest)
  const { license } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  t.match(all('LABEL').join(' '), `org.opencontainers.image.licenses="${license}"`)
  t.ok(image.copies.some(([, from]) => from?.endsWith('/LICENSE')))
  t.strictSame(image.copies[0], ['--from=system', '/', '/'])
  const removed = all('RUN', system).join(' ')
  for (const path of ['/usr/local/lib/node_modules', '/usr/local/bin/npm', '/usr/local/bin/corepack', '/opt/yarn']) {
    t.match(removed, path)
  }
})
