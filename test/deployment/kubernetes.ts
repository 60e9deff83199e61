import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'

const root = new URL('../../', import.meta.url)
const folder = new URL('docs/deployment/kubernetes/', root)

/** A manifest, as far as all of them are alike. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
}

/** All documents of all files. */
export function readManifests(): readonly Manifest[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => parseAllDocuments(readFileSync(new URL(name, folder), 'utf8')))
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0]
      return document.toJS() as Manifest
    })
}

/** Returns the faults of a manifest by the schema of its kind: members that are missing, and values of a wrong form. */
export async function faultsOf(manifest: Manifest): Promise<readonly string[]> {
  const module = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Record<
    string,
    new (
      data: Manifest,
    ) => { validate(): void }
  >
  const Kind = module[manifest.kind]
  if (Kind === undefined) return [`there is no kind ${manifest.kind} in ${manifest.apiVersion}`]
  try {
    new Kind(manifest).validate()
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/**
 * Returns the members that no schema knows. The validators accept them, as does a server that is not asked to be strict; the
 * types that come with them do not, so each manifest is compiled as a literal of its type.
 */
export function unknownMembers(manifests: readonly Manifest[]): readonly string[] {
  const text = manifests
    .map((manifest, index) => {
      const type = `import('kubernetes-models/${manifest.apiVersion}').I${manifest.kind}`
      return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)}`
    })
    .join('\n')
  const file = fileURLToPath(new URL('test/deployment/manifests-as-literals.ts', root))
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.getSourceFile = (name, ...more) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ESNext) : getSourceFile(name, ...more)
  const program = ts.createProgram([file], options, host)
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
