import { refusals } from '../delivery/refusal.ts'
import type { AnsweredRequests } from '../http/held/answered-requests.ts'
import type { Families, Sample } from './families.ts'

/** Adds the metrics of requests, on the port for clients and on that for operators. */
export function addRequests(families: Families, answered: readonly AnsweredRequests[]): void {
  families.counters(
    {
      name: 'http_requests',
      help: 'Requests that were answered, or whose client left before, by operation, method and status.',
      labels: ['operation', 'method', 'status'],
    },
    () => sum(answered.flatMap((requests) => [...requests.list()])),
  )
  families.counters(
    { name: 'http_refusals', help: 'Requests that were refused, by the code of the error.', labels: ['code'] },
    () => {
      const codes = Object.keys(refusals) as (keyof typeof refusals)[]
      return codes.map((code) => [
        { code },
        answered.reduce((total, { refusals }) => total + (refusals.get(code) ?? 0), 0),
      ])
    },
  )
}

type Listed = ReturnType<AnsweredRequests['list']> extends Iterable<infer Item> ? Item : never

function sum(listed: readonly Listed[]): Sample[] {
  return listed.flatMap(({ operation, method, byStatus }) =>
    [...byStatus].map(([status, count]): Sample => [{ operation, method, status }, count]),
  )
}
