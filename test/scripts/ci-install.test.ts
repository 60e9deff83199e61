import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../support/temporary-folder.ts'

const script = fileURLToPath(new URL('../../.ci/install', import.meta.url))

/** An apt-get that knows no package "missing", and whose other packages enable and start a service, if they may. */
const aptGet = `#!/bin/sh
[ "$2" = install ] || exit 0
for package; do :; done
[ "$package" != missing ] || { echo "E: Unable to locate package missing"; exit 100; }
ln -sf "/lib/systemd/system/$package.service" "$ROOT/etc/systemd/system/multi-user.target.wants/$package.service"
"$ROOT/usr/sbin/policy-rc.d" "$package" start || [ $? != 101 ] || { echo "$package" >>"$ROOT/installed"; exit; }
echo "$package" >>"$ROOT/started"
`

/** Makes a folder that stands for a machine, and runs the script on it. */
async function install(t: Test, packages: readonly string[], policy?: string) {
  const root = await temporaryFolder(t)
  for (const folder of ['bin', 'usr/sbin', 'etc/systemd/system/multi-user.target.wants']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  const program = (path: string, text: string) => {
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), 0o750)
  }
  program('bin/apt-get', aptGet)
  if (policy !== undefined) program('usr/sbin/policy-rc.d', policy)
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants')
  symlinkSync('/lib/systemd/system/cron.service', join(wants, 'cron.service'))
  const env = { ...process.env, ROOT: root, PATH: `${join(root, 'bin')}:${process.env.PATH}` }
  const { status, stdout, stderr } = spawnSync('bash', [script, ...packages], { env, encoding: 'utf8' })
  const lines = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8').trimEnd().split('\n') : []
  return { root, status, stdout, stderr, installed: lines('installed'), started: lines('started'), wants }
}

/** Returns whether there is a link, wherever it leads. */
const isLink = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true

t.test('a package that cannot be had keeps no other away, and is named', async (t) => {
  const { status, stdout, stderr, installed } = await install(t, ['nginx-light', 'missing', 'haproxy'])
  t.equal(status, 0, stderr)
  t.strictSame(installed, ['nginx-light', 'haproxy'])
  t.match(stdout, /^missing could not be installed; tests that need it are skipped:\nE: Unable to locate/)
})

t.test(
  'the services of packages are neither started nor enabled, and the machine may start services as before',
  async (t) => {
    const { root, started, wants } = await install(t, ['nginx-light'])
    t.strictSame(started, [])
    t.notOk(existsSync(join(root, 'usr/sbin/policy-rc.d')))
    t.notOk(isLink(join(wants, 'nginx-light.service')))
    t.ok(isLink(join(wants, 'cron.service')), 'services of the machine are left alone')
  },
)

t.test('rules of the machine for starting services are put aside, and are as before at the end', async (t) => {
  const rules = '#!/bin/sh\nexit 0\n'
  const { root, started, installed } = await install(t, ['haproxy'], rules)
  t.strictSame({ started, installed }, { started: [], installed: ['haproxy'] })
  const path = join(root, 'usr/sbin/policy-rc.d')
  t.equal(readFileSync(path, 'utf8'), rules)
  t.equal(statSync(path).mode & 0o777, 0o750)
})
