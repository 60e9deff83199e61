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

t.test('every stage is built from the slim image of Node 24', async (t) => {
  const bases = readStages().map(([from]) => from?.rest.split(' ')[0])
  t.strictSame(bases, ['node:24-bookworm-slim', 'node:24-bookworm-slim'])
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
  const answerWithinMs = Number(/timeout\((\d+)\)/.exec(script)?.[1])
  const timeoutSeconds = Number(/--timeout=(\d+)s/.exec(image.health.options)?.[1])
  t.ok(answerWithinMs < timeoutSeconds * 1000)
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
  const names = ['node_modules', ...copiedIn].filter((name) => name !== 'package-lock.json').sort()
  t.strictSame(
    image.copies.sort(),
    names.map((name) => ['--from=build', `${image.workdir}/${name}`, name]),
  )
})

t.test('the image says its licence and has it, and has no package manager', async (t) => {
  const stage = readStages().at(-1) ?? []
  const all = (word: string) => stage.filter((instruction) => instruction.word === word).map(({ rest }) => rest)
  const { license } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  t.match(all('LABEL').join(' '), `org.opencontainers.image.licenses="${license}"`)
  t.ok(image.copies.some(([, from]) => from?.endsWith('/LICENSE')))
  const removed = all('RUN').join(' ')
  for (const path of ['/usr/local/lib/node_modules', '/usr/local/bin/npm', '/usr/local/bin/corepack', '/opt/yarn']) {
    t.match(removed, path)
  }
})
