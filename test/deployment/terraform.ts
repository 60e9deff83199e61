import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// Its types are those of a browser, which would be everywhere in this project.
const { parse } = createRequire(import.meta.url)('@cdktn/hcl2json') as {
  parse(name: string, content: string): Promise<object>
}
const folder = new URL('../../docs/deployment/terraform/', import.meta.url)

/** Blocks of a file by type, and by the names that follow the type. */
type Blocks = Readonly<Record<string, unknown>>
type Named = Readonly<Record<string, Readonly<Record<string, readonly Blocks[]>>>>

/** All files of the folder as one, in the JSON syntax of Terraform. */
export interface Configuration {
  readonly resource: Named
  readonly data: Named
  readonly variable: Readonly<Record<string, readonly { readonly default?: unknown }[]>>
  readonly locals: Readonly<Record<string, unknown>>
  readonly text: string
}

/** A statement of a policy, with the names of its queues. */
export interface Statement {
  readonly sid: string
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

/** Parses the files; rejects for anything that is not HCL. */
export async function readTerraform(): Promise<Configuration> {
  const resource: Record<string, Record<string, readonly Blocks[]>> = {}
  const data: Record<string, Record<string, readonly Blocks[]>> = {}
  const variable: Record<string, readonly { default?: unknown }[]> = {}
  const locals: Record<string, unknown> = {}
  let text = ''
  for (const name of readdirSync(folder).sort()) {
    const content = readFileSync(new URL(name, folder), 'utf8')
    text += content
    const file = (await parse(name, content)) as Partial<Omit<Configuration, 'locals'>> & { locals?: Blocks[] }
    for (const [type, named] of Object.entries(file.resource ?? {})) resource[type] = { ...resource[type], ...named }
    for (const [type, named] of Object.entries(file.data ?? {})) data[type] = { ...data[type], ...named }
    Object.assign(variable, file.variable)
    for (const block of file.locals ?? []) Object.assign(locals, block)
  }
  return { resource, data, variable, locals, text }
}

/** Returns the statements of a policy document, with the ARNs that they have in this account and region. */
export function statementsOf(configuration: Configuration, policy: string): readonly Statement[] {
  const document = configuration.data.aws_iam_policy_document?.[policy]?.[0]
  if (document === undefined) throw new Error(`there is no policy document ${policy}`)
  return (document.statement as Statement[]).map(({ sid, actions, resources }) => ({
    sid,
    actions,
    resources: resources.map((resource) => written(configuration, resource)),
  }))
}

/** Returns the name of a queue of the files. */
export function queueName(configuration: Configuration, name: string): string {
  return written(configuration, String(configuration.resource.aws_sqs_queue?.[name]?.[0]?.name))
}

export const region = 'us-east-1'
export const account = '000000000000'

/** Replaces each `${…}` by its value. */
export function written(configuration: Configuration, template: string): string {
  return template.replaceAll(/\$\{([^}]+)\}/g, (_match, expression: string) => {
    const [kind = '', type = '', name = ''] = expression.split('.')
    if (kind === 'local') return written(configuration, String(configuration.locals[type]))
    if (kind === 'var') return String(configuration.variable[type]?.[0]?.default)
    if (kind === 'data' && type === 'aws_region') return region
    if (kind === 'data' && type === 'aws_caller_identity') return account
    if (kind === 'aws_sqs_queue') return `arn:aws:sqs:${region}:${account}:${queueName(configuration, type)}`
    if (kind === 'aws_kms_key') return `arn:aws:kms:${region}:${account}:key/${type}`
    throw new Error(`nothing is known of ${expression}, ${name}`)
  })
}
