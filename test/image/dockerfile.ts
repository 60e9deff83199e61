import { readFileSync } from 'node:fs'

/** The folder of the repository. */
export const root = new URL('../../', import.meta.url)

/** An instruction, joined into one line. */
export interface Instruction {
  readonly word: string
  readonly rest: string
}

/** Returns the instructions of `Dockerfile-dev`, stage by stage; each stage begins with its FROM. */
export function readStages(): readonly (readonly Instruction[])[] {
  const text = readFileSync(new URL('Dockerfile-dev', root), 'utf8')
  const stages: Instruction[][] = []
  for (const line of text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')) {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    if (word === undefined || rest === undefined) continue
    if (word === 'FROM') stages.push([])
    stages.at(-1)?.push({ word, rest })
  }
  return stages
}

/** Returns the instructions of the last stage, which is the image. */
export function readImage() {
  const stage = readStages().at(-1) ?? []
  const all = (word: string) => stage.filter((instruction) => instruction.word === word).map(({ rest }) => rest)
  const only = (word: string) => {
    const [found, ...more] = all(word)
    if (found === undefined || more.length > 0) throw new Error(`Dockerfile-dev needs one ${word} in its last stage`)
    return found
  }
  const [, healthOptions = '', healthCommand = ''] = /^(.*)\bCMD (\[.*\])$/.exec(only('HEALTHCHECK')) ?? []
  return {
    from: only('FROM'),
    user: only('USER'),
    workdir: only('WORKDIR'),
    expose: only('EXPOSE'),
    env: Object.fromEntries(
      all('ENV')
        .flatMap((rest) => rest.split(/\s+/))
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ) as Readonly<Record<string, string>>,
    /** The sources and the target, without options. */
    copies: all('COPY').map((rest) => rest.split(/\s+/)),
    /** Parsed as JSON, which throws for a command that runs in a shell. */
    command: JSON.parse(only('CMD')) as string[],
    health: { options: healthOptions.trim(), command: JSON.parse(healthCommand) as string[] },
    has: (word: string) => all(word).length > 0,
  }
}
