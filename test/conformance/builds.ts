import { execFile } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const clients = fileURLToPath(new URL('../../src/clients/', import.meta.url))
const drivers = fileURLToPath(new URL('./drivers/', import.meta.url))

/** Builds the driver of the Go client in an empty folder. Returns the command that starts it. */
export async function buildGoDriver(folder: string): Promise<string> {
  await mkdir(join(folder, 'notifications'))
  await copyFile(join(clients, 'go', 'notifications.go'), join(folder, 'notifications', 'notifications.go'))
  await copyFile(join(drivers, 'driver.go'), join(folder, 'driver.go'))
  await writeFile(join(folder, 'go.mod'), 'module example.org/driver\n\ngo 1.19\n')
  // Without modules of others nothing is fetched. The caches of the compiler go away with the folder.
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GOPROXY: 'off', GOCACHE: join(folder, 'cache') }
  await run('go', ['vet', './...'], { cwd: folder, env })
  await run('go', ['build', '-o', 'driver', '.'], { cwd: folder, env })
  return join(folder, 'driver')
}

/** Builds the driver of the C client, which ends at the first fault of memory. Returns the command that starts it. */
export async function buildCDriver(folder: string): Promise<string> {
  const driver = join(folder, 'driver')
  const warnings = ['-Wall', '-Wextra', '-Werror']
  const checks = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
  const sources = ['-std=c11', '-D_DEFAULT_SOURCE', '-I', join(clients, 'c'), join(drivers, 'driver.c')]
  await run('gcc', [...sources, ...warnings, ...checks, '-o', driver, '-lcurl', '-lm', '-lpthread'])
  return driver
}

/** Compiles the driver of the Java client. Returns the command that starts it. */
export async function buildJavaDriver(folder: string): Promise<string> {
  const sources = ['Notifications.java', 'Json.java'].map((name) => join(clients, 'java', name))
  await run('javac', [
    '--release',
    '17',
    '-Xlint:all',
    '-Werror',
    '-d',
    folder,
    ...sources,
    join(drivers, 'Driver.java'),
  ])
  // A case lasts for seconds: the second compiler and the parallel collector would only take time to start.
  return `java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "${folder}" Driver`
}
