import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const source = fileURLToPath(new URL('../../src/', import.meta.url))
/** Programs for a terminal, whose output is not the log of the service. */
const isOfTerminal = (path: string) => /^(doctor|dead-letters)\/|^command-line\.ts$/.test(path)
/** Methods of a log. */
const levels: ReadonlySet<string> = new Set(['warn', 'error', 'fatal'])
/** Functions that are given a sentence, which they log above info. */
const carriers: ReadonlySet<string> = new Set(['givenUp', '#goOn', 'onFatal'])
/** Members and constants that hold such a sentence. */
const holders: ReadonlySet<string> = new Set(['failing', 'sentence'])
/** Names under which a sentence is passed on to a log; it is found where it is written. */
const passedOn: ReadonlySet<string> = new Set(['sentence', 'failing', 'reason'])

/** The sentences that the service logs above info; a part that differs from line to line is `…`. */
export interface LogSentences {
  readonly sentences: ReadonlySet<string>
  /** Calls of the log whose sentence is neither written there nor passed on under a known name. */
  readonly unknown: readonly string[]
}

/** Collects the sentences from the source. */
export function collectSentences(): LogSentences {
  const sentences = new Set<string>()
  const unknown: string[] = []
  const paths = readdirSync(source, { encoding: 'utf8', recursive: true })
  for (const path of paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !isOfTerminal(path))) {
    const text = readFileSync(source + path, 'utf8')
    const visit = (node: ts.Node): void => {
      for (const value of sentencesIn(node)) {
        const written = textsOf(value)
        for (const text of written) sentences.add(text)
        if (written.length === 0 && ts.isCallExpression(node) && !passedOn.has(value.getText()))
          unknown.push(`${path}: ${value.getText()}`)
      }
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
  }
  return { sentences, unknown }
}

/** The expressions of sentences that this node gives to a log, or holds for it. */
function sentencesIn(node: ts.Node): readonly ts.Expression[] {
  if (ts.isPropertyAssignment(node) && holders.has(node.name.getText())) return [node.initializer]
  if (ts.isVariableDeclaration(node) && holders.has(node.name.getText()) && node.initializer) return [node.initializer]
  if (!ts.isCallExpression(node)) return []
  const { expression: called } = node
  const name = ts.isPropertyAccessExpression(called) ? called.name.text : called.getText()
  const last = node.arguments.at(-1)
  const isLogged = levels.has(name) && !called.getText().startsWith('console.')
  return last !== undefined && (isLogged || carriers.has(name)) ? [last] : []
}

/** The texts that an expression may have. */
function textsOf(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)]
  if (!ts.isTemplateExpression(node)) return []
  return [node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')]
}
