import { extname } from 'node:path'
import ts from 'typescript'
import { isScalar, LineCounter, parseDocument, visit } from 'yaml'

/** A comment, or a text in the code that people read: a test title, a log sentence, an error message, a description. */
export interface Prose {
  readonly kind: 'comment' | 'text'
  /** The lines of the prose, with their numbers in the file. */
  readonly lines: readonly { readonly at: number; readonly text: string }[]
}

/** Returns the comments and texts of a file, in no particular order. */
export function proseOf(path: string, content: string): Prose[] {
  switch (extname(path)) {
    case '.ts':
    case '.js':
      return scriptProse(sourceOf(path, content))
    case '.yaml':
      return [...lineComments(content, /(?:^|\s)#(.*)/), ...descriptions(content)]
    case '.sql':
      return lineComments(content, /--(.*)/)
    case '.css':
      return blockComments(content, 1)
    case '.html':
      return markup(content)
    case '.md':
      return [pageText(content)]
    default:
      return lineComments(content, /(?:^|\s)#(?!!)(.*)/)
  }
}

export function sourceOf(path: string, content: string): ts.SourceFile {
  return ts.createSourceFile(path, content, ts.ScriptTarget.Latest, true)
}

/** Calls `see` with every node and token of the tree, except those inside JSDoc. */
export function walk(node: ts.Node, source: ts.SourceFile, see: (node: ts.Node) => void): void {
  see(node)
  for (const child of node.getChildren(source)) if (!ts.isJSDoc(child)) walk(child, source, see)
}

export function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1
}

function scriptProse(source: ts.SourceFile): Prose[] {
  const found: Prose[] = []
  walk(source, source, (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) {
      const lines = node.text.split('\n').map((text, i) => ({ at: lineOf(source, node.getStart()) + i, text }))
      // A single word is a value of the program, not a sentence.
      if (/\S\s+\S/.test(node.text)) found.push({ kind: 'text', lines })
    }
    // Every comment stands between two tokens, where only blanks are beside it.
    if (node.kind <= ts.SyntaxKind.LastToken) {
      const between = source.text.slice(node.getFullStart(), node.getStart())
      if (between.includes('/')) found.push(...blockComments(between, lineOf(source, node.getFullStart())))
    }
  })
  return found
}

/** Returns block comments and line comments; line comments below each other are one comment. */
function blockComments(text: string, firstLine: number): Prose[] {
  const comments = text.matchAll(/\/\*[\s\S]*?\*\/|\/\/.*(?:\n[ \t]*\/\/.*)*/g)
  return [...comments].map(({ 0: comment, index }) => {
    const at = firstLine + text.slice(0, index).split('\n').length - 1
    const content = comment.startsWith('/*') ? comment.slice(2, -2) : comment
    const lines = content.split('\n').map((line, i) => ({ at: at + i, text: line.replace(/^\s*(\/\/+|\*+)?\s*/, '') }))
    return { kind: 'comment', lines }
  })
}

/** Returns comments that end with their line; comments below each other are one comment. */
function lineComments(content: string, comment: RegExp): Prose[] {
  const found: { kind: 'comment'; lines: { at: number; text: string }[] }[] = []
  for (const [i, line] of content.split('\n').entries()) {
    const text = comment.exec(line)?.[1]
    if (text === undefined) continue
    const above = found.at(-1)
    if (above?.lines.at(-1)?.at === i) above.lines.push({ at: i + 1, text })
    else found.push({ kind: 'comment', lines: [{ at: i + 1, text }] })
  }
  return found
}

/** Returns a page without its headings, fenced blocks and questions. Each cell of a table is a sentence. */
function pageText(content: string): Prose {
  let isFenced = false
  const lines = content.split('\n').map((line, i) => {
    const isFence = /^\s*(?:```|~~~)/.test(line)
    if (isFence) isFenced = !isFenced
    const text = isFence || isFenced || line.startsWith('#') ? '' : line.replaceAll('|', '. ')
    return { at: i + 1, text: text.replace(/(?<=^|[.!?] +)[^.!?]*\?(?=\s|$)/g, '') }
  })
  return { kind: 'text', lines }
}

/** Returns the texts between tags, and in comments. */
function markup(content: string): Prose[] {
  return [...content.matchAll(/(?<=>|<!--)[^<>]*\S[^<>]*/g)].map(({ 0: text, index }) => {
    const at = content.slice(0, index).split('\n').length
    return { kind: 'text', lines: text.split('\n').map((line, i) => ({ at: at + i, text: line })) }
  })
}

function descriptions(content: string): Prose[] {
  const found: Prose[] = []
  const counter = new LineCounter()
  visit(parseDocument(content, { lineCounter: counter }), {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || !/^(description|summary|title)$/.test(String(key.value))) return
      const [begin, end] = value.range ?? [0, 0]
      const at = counter.linePos(begin).line
      const lines = content.slice(begin, end).split('\n')
      // The first line of a block scalar is its indicator.
      if (value.type?.startsWith('BLOCK_')) lines[0] = ''
      found.push({ kind: 'text', lines: lines.map((text, i) => ({ at: at + i, text })) })
    },
  })
  return found
}
