import { readFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { parse } from 'yaml'
import { contractFile, type Document, type GeneratedContract, parsedFile, sumOf } from '../../src/contract/document.ts'
import { routesOf } from './routes.ts'

/** A file that is generated from the contract. */
interface Generated {
  readonly file: URL
  /** Returns the text that the file should have. Rejects when the contract is not valid OpenAPI. */
  readonly fresh: () => Promise<string>
}

const heading =
  '// Generated from api/notification-service.yaml by `npm run contract`. Change that file, not this one.\n\n'

/** The contract's types. */
export const types: Generated = {
  file: new URL('../../src/contract/schema.d.ts', import.meta.url),
  // Immutable, because replies may share parts of their bodies.
  fresh: async () => heading + astToString(await openapiTS(contractFile, { immutable: true })),
}

/** The contract as the service reads it at its start: parsed, checked, and with its routes. */
export const parsed: Generated = {
  file: parsedFile,
  async fresh() {
    const text = await readFile(contractFile, 'utf8')
    const document = parse(text) as Document
    const generated: GeneratedContract = { sum: sumOf(text), document, routes: await routesOf(document) }
    return `${JSON.stringify(generated, null, 1)}\n`
  },
}
