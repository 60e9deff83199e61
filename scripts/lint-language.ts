/**
 * `npm run lint:language`: reports sentences and names that a reader has to decipher, by file and line, and exits with
 * 1 when there are any. `--counts` adds the counts of each folder.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { exitCodes, runCommand } from '../src/command-line.ts'
import { lintLanguage, type Report } from './lint/language.ts'
import { projectFolder } from './stack/project.ts'

const patterns = ['{src,test,scripts}/**/*.{ts,js,sql,css,html,md}', '{api,docs}/*.{yaml,conf,md}', '*.md', '.ci/run']
/** Generated from the contract, where the same sentences are found. */
const exclude = ['src/contract/schema.d.ts']

process.exitCode = await runCommand(
  {
    name: 'npm run lint:language',
    about: 'Reports sentences and names that a reader has to decipher.',
    options: { counts: { about: 'add the counts of each folder' } },
  },
  ({ values }) => values.counts,
  async (isWithCounts) => lint(isWithCounts),
)

function lint(isWithCounts: boolean): number {
  const paths = globSync([...patterns, '.env.example', 'Dockerfile-dev', '.taprc'], {
    cwd: projectFolder,
    exclude,
  }).sort()
  const reports = paths.map((path) => ({
    path,
    ...lintLanguage(path, readFileSync(join(projectFolder, path), 'utf8')),
  }))
  for (const { path, findings } of reports) {
    for (const { line, message } of findings) console.log(`${path}:${line}: ${message}`)
  }
  if (isWithCounts) {
    const folders = Object.groupBy(reports, ({ path }) => dirname(path))
    for (const [folder, files = []] of Object.entries(folders)) console.log(`${countsOf(files)}  ${folder}`)
    console.log(`${countsOf(reports)}  in all`)
  }
  const found = total(reports, ({ findings }) => findings.length)
  console.log(`${paths.length} files, ${found} findings`)
  return found === 0 ? exitCodes.ok : exitCodes.failure
}

function countsOf(files: readonly Report[]): string {
  const findings = total(files, ({ findings }) => findings.length)
  const sentences = total(files, ({ commentSentences }) => commentSentences)
  const words = total(files, ({ commentWords }) => commentWords)
  const share = words === 0 ? 0 : Math.round((sentences / words) * 10_000)
  return `${String(findings).padStart(4)} findings, ${String(share).padStart(3)} of 10,000 words of comments begin one`
}

function total(files: readonly Report[], count: (report: Report) => number): number {
  return files.reduce((sum, file) => sum + count(file), 0)
}
