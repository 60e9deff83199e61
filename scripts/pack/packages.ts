/** The scope of the published names. The registry has no package in it; `notification-service` belongs to somebody else. */
export const scope = '@held-notifications'

/** A package that is made of a part of this repository. */
export interface PackageOf {
  /** Without the scope. */
  readonly name: string
  readonly description: string
  /** The README, from the folder of the repository. */
  readonly readme: string
  /** Folders and files to be copied or, if they are TypeScript, translated; their places in the package are below `src/`. */
  readonly sources: readonly string[]
  /** The parts of `package.json` that are not the same for all. Paths are those in the package. */
  readonly manifest: Readonly<Record<string, unknown>>
}

/** The oldest Node that is still maintained. */
const engines = { node: '>=22' }

/** A script that a page registers, and no module that a bundler may drop. */
const serviceWorker = 'clients/wake-ups/service-worker.js'

/** Returns the entry of `exports` for a module with declarations. */
function entryAt(path: string) {
  return { types: `./${path}.d.ts`, default: `./${path}.js` }
}

/** Every package. `sdk` is the version of the SDK for SQS that the publisher is tested with. */
export function packagesFor(sdk: string): readonly PackageOf[] {
  return [
    {
      name: 'client',
      description: 'Receives the notifications of a client: for browsers, Node, Deno and Bun, without dependencies.',
      readme: 'src/clients/javascript/README.md',
      sources: ['src/clients/javascript', 'src/clients/wake-ups'],
      manifest: {
        exports: {
          '.': entryAt('clients/javascript/client'),
          './wake-ups': entryAt('clients/wake-ups/wake-ups'),
          './service-worker': `./${serviceWorker}`,
        },
        types: './clients/javascript/client.d.ts',
        sideEffects: [`./${serviceWorker}`],
      },
    },
    {
      name: 'publisher',
      description: 'Sends notifications to clients by SQS, wherever they are connected.',
      readme: 'src/publisher/README.md',
      sources: ['src/publisher'],
      manifest: {
        exports: { '.': entryAt('publisher/publisher') },
        types: './publisher/publisher.d.ts',
        sideEffects: false,
        engines,
        // The user makes the client of the SDK, so there has to be one copy of it.
        peerDependencies: { '@aws-sdk/client-sqs': `^${sdk}` },
      },
    },
    {
      name: 'command-line',
      description: 'An inbox on the command line: receives notifications, and prints, forwards or executes them.',
      readme: 'src/listen/README.md',
      sources: ['src/listen', 'src/clients/javascript', 'src/command-line.ts', 'src/stop-signals.ts'],
      manifest: { bin: { notifications: './listen/notifications.js' }, engines },
    },
  ]
}
