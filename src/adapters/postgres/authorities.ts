import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { UnfitDatabase } from './refused-settings.ts'

/** Returns the certificates in a file. TLS would take a file without any, and then trust nobody without a word. */
export function readAuthorities(caFile: string): string {
  let pem: string
  try {
    pem = readFileSync(caFile, 'utf8')
  } catch (cause) {
    throw new UnfitDatabase('the file of DB_CA_FILE cannot be read', { cause })
  }
  try {
    new X509Certificate(pem)
  } catch (cause) {
    throw new UnfitDatabase('the file of DB_CA_FILE does not begin with a certificate in PEM', { cause })
  }
  return pem
}
