/** An answer instead of the one that a request would get. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An answer instead of the right one, or a connection that is reset. */
export type Trouble = Answer | 'reset'

/** JSON, as the service answers. */
export function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** A refusal of the service. */
export function refusal(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return json(status, { error, message: 'No', context: 'trace-1' }, headers)
}

/** A page of a proxy that stands in front of the service. */
export function html(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'text/html', ...headers }, body: `<html>"cursor" ${status}</html>\n` }
}
