import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { scope } from '../../scripts/pack/packages.ts'

const root = new URL('../../', import.meta.url)

/** A page of the documentation. */
export interface Page {
  /** Its path in the checkout. */
  readonly path: string
  readonly text: string
}

/** A fenced block of a page. */
export interface Block {
  readonly page: string
  /** The line at which its fence begins. */
  readonly line: number
  readonly language: string
  readonly text: string
}

/** The README, and every page beside it and below `docs/`. */
export const pages: readonly Page[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(new URL('docs/', root), { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))

/** Every block of every page, in order. */
export const blocks: readonly Block[] = pages.flatMap(({ path, text }) =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = '', 2: body = '' }) => ({
    page: path,
    line: text.slice(0, index).split('\n').length,
    language,
    text: body,
  })),
)

/** Returns a snippet whose imports of the packages lead to their sources in this checkout. */
export function inCheckout(snippet: string): string {
  return snippet
    .replaceAll(`'${scope}/`, "'notification-service/")
    .replaceAll("'https://notifications.example.org/client.js'", "'notification-service/client'")
}

/** The only block that has these words in it; its page may be named to tell it from others. */
export function blockWith(words: string, page?: string): Block {
  const [block, ...others] = blocks.filter(
    (candidate) => candidate.text.includes(words) && (page === undefined || basename(candidate.page) === page),
  )
  if (block === undefined) throw new Error(`no block has the words: ${words}`)
  if (others.length > 0) throw new Error(`several blocks have the words: ${words}`)
  return block
}
