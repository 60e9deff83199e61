import { temporaryFolder as makeFolder } from '../../scripts/stack/temporary-folder.ts'

/** Makes a folder of this test's own, removed at its end; other users may pass through, as into most checkouts. */
export async function temporaryFolder(t: { teardown(release: () => PromiseLike<void>): unknown }): Promise<string> {
  const folder = await makeFolder()
  t.teardown(() => folder[Symbol.asyncDispose]())
  return folder.path
}
