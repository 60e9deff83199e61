import ts from 'typescript'
import { lineOf, type Prose, proseOf, sourceOf, walk } from './prose.ts'

export interface Finding {
  readonly line: number
  readonly message: string
}

export interface Report {
  readonly findings: readonly Finding[]
  /** The number of sentences in comments that begin with one of the words, and of all words in comments. */
  readonly commentSentences: number
  readonly commentWords: number
}

/** Matches one of the words at the beginning of a paragraph, or after the end of a sentence. */
const vagueSentence =
  /(?:(?<paragraph>^|¶)[^\w¶]*|[.!?:][)\]"'`*_]*\s+[("'`*_]*)(?<word>what|who|whoever|whose|whatever)\b/gi
/** Matches a line that begins a paragraph: an empty line, a list item, or a tag of JSDoc with its type and name. */
const paragraph =
  /^\s*(?:$|[-*•]\s|\d+\.\s|@(?:param|property|template)\s+(?:\{[^}]*\}\s+)?\S+\s*-?|@\w+\s*(?:\{[^}]*\})?)/
const unitInName = /(?:Ms|Seconds|Bytes|_MS|_SECONDS|_BYTES)$/
const units = new Set('ms millisecond milliseconds s second seconds byte bytes'.split(' '))
/** Words that say nothing beside a unit. */
const fillers = new Set(
  'a amount an are as duration given in is it its length measured number of size the this time unit value'.split(' '),
)
const vagueName = /^(?:(?:most|longest|usual)(?=[A-Z]|$)|(?:MOST|LONGEST|USUAL)_)/

/** Returns the findings in a file. `path` is relative to the project. */
export function lintLanguage(path: string, content: string): Report {
  const prose = proseOf(path, content)
  const comments = prose.filter(({ kind }) => kind === 'comment')
  const inComments = comments.flatMap(vagueSentences)
  const inTexts = prose.filter(({ kind }) => kind === 'text').flatMap(vagueSentences)
  const names = /\.[jt]s$/.test(path) ? nameFindings(path, content) : []
  return {
    findings: [...inComments, ...inTexts, ...names].sort((a, b) => a.line - b.line),
    commentSentences: inComments.length,
    commentWords: comments.reduce((sum, { lines }) => sum + lines.flatMap(({ text }) => wordsOf(text)).length, 0),
  }
}

function vagueSentences({ kind, lines }: Prose): Finding[] {
  const text = lines.map((line) => line.text.replace(paragraph, '¶')).join('\n')
  return [...text.matchAll(vagueSentence)].flatMap(({ 0: match, index, groups = {} }) => {
    const { paragraph, word = '' } = groups
    // A small letter after "e.g." or a colon continues the sentence.
    if (paragraph === undefined && word.startsWith('w')) return []
    const before = text.slice(0, index + match.length).split('\n').length
    return { line: lines[before - 1]?.at ?? 0, message: `a sentence of this ${kind} begins with "${word}"` }
  })
}

function nameFindings(path: string, content: string): Finding[] {
  const source = sourceOf(path, content)
  const findings: Finding[] = []
  walk(source, source, (node) => {
    if (!isNamedDeclaration(node)) return
    const name = node.name.text
    const line = lineOf(source, node.name.getStart(source))
    if (path.startsWith('src/') && vagueName.test(name)) {
      findings.push({ line, message: `the name ${name}: bounds begin with max, defaults with default` })
    }
    if (unitInName.test(name) && commentsAt(node, source).some((comment) => repeatsUnit(comment, name))) {
      findings.push({ line, message: `the comment on ${name} repeats its unit` })
    }
  })
  return findings
}

function isNamedDeclaration(node: ts.Node): node is ts.NamedDeclaration & { readonly name: ts.Identifier } {
  return (
    'name' in node &&
    node.name !== undefined &&
    ts.isIdentifier(node.name as ts.Node) &&
    !ts.isPropertyAccessExpression(node)
  )
}

/** Returns the comments above a declaration and beside it. */
function commentsAt(node: ts.Node, source: ts.SourceFile): string[] {
  const outer = ts.isVariableDeclaration(node) ? node.parent.parent : node
  const above = ts.getLeadingCommentRanges(source.text, outer.getFullStart()) ?? []
  const beside = ts.getTrailingCommentRanges(source.text, outer.getEnd()) ?? []
  return [...above, ...beside].map(({ pos, end }) => source.text.slice(pos, end))
}

/**
 * Whether a part of the comment only repeats the unit and words of the name, as in "Milliseconds." or "…, in seconds."
 */
function repeatsUnit(comment: string, name: string): boolean {
  const ofName = new Set(wordsOf(name.replace(/([a-z])([A-Z])/g, '$1 $2')))
  return comment.split(/[.,:;!?](?=\s)/).some((part) => {
    const words = wordsOf(part)
    return (
      words.some((word) => units.has(word)) &&
      words.every((word) => units.has(word) || fillers.has(word) || ofName.has(word))
    )
  })
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\d]+/gu) ?? []
}
