import { list, oneOf, type SettingsTable, setting, wholeNumber } from '../setting.ts'

/** The samplers that OpenTelemetry names. */
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

/** The forms of OTLP over HTTP. */
const protocols = ['http/protobuf', 'http/json'] as const
type Protocol = (typeof protocols)[number]

/** The settings of traces, under OpenTelemetry's own names. */
export const tracingSettings = {
  OTEL_SDK_DISABLED: setting({
    about: 'true makes no traces, whatever else is set',
    // The specification of OpenTelemetry: every other value means false.
    parse: (value) => value.toLowerCase() === 'true',
    fallback: false,
  }),
  OTEL_TRACES_EXPORTER: setting<'otlp' | 'none'>({
    about: 'otlp sends traces to the collector, none makes none',
    parse: oneOf('otlp', 'none'),
    fallback: 'otlp',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting<string | null>({
    about: 'URL of a collector of OpenTelemetry that takes OTLP over HTTP, to which traces of notifications are sent',
    parse: collectorUrl,
    fallback: null,
    fallbackText: 'no traces are made',
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: setting<string | null>({
    about: 'URL that takes traces, to which no path is added; instead of OTEL_EXPORTER_OTLP_ENDPOINT',
    parse: collectorUrl,
    fallback: null,
    fallbackText: 'v1/traces below OTEL_EXPORTER_OTLP_ENDPOINT',
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: setting<Protocol>({
    about: `form of the traces on the wire: ${protocols.join(' or ')}`,
    parse: oneOf(...protocols),
    fallback: 'http/protobuf',
  }),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: setting<Protocol | null>({
    about: 'form of the traces on the wire where it differs from that of other signals',
    parse: oneOf(...protocols),
    fallback: null,
    fallbackText: 'OTEL_EXPORTER_OTLP_PROTOCOL',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: setting<Readonly<Record<string, string>> | null>({
    about: 'headers for the collector, such as its key: name=value, separated by commas, percent-encoded',
    parse: pairs,
    fallback: null,
    fallbackText: 'none',
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: setting<Readonly<Record<string, string>> | null>({
    about: 'headers for the collector of traces, where they differ from those of other signals',
    parse: pairs,
    fallback: null,
    fallbackText: 'OTEL_EXPORTER_OTLP_HEADERS',
  }),
  OTEL_EXPORTER_OTLP_TIMEOUT: setting({
    about: 'how long the collector may take for a request, in milliseconds',
    parse: wholeNumber(1, 600_000),
    fallback: 10_000,
  }),
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: setting<number | null>({
    about: 'how long the collector of traces may take, in milliseconds, where it differs from that of other signals',
    parse: wholeNumber(1, 600_000),
    fallback: null,
    fallbackText: 'OTEL_EXPORTER_OTLP_TIMEOUT',
  }),
  OTEL_SERVICE_NAME: setting<string | null>({
    about: 'name of this service in traces',
    parse: String,
    fallback: null,
    fallbackText: 'service.name of OTEL_RESOURCE_ATTRIBUTES, or notification-service',
  }),
  OTEL_RESOURCE_ATTRIBUTES: setting<Readonly<Record<string, string>> | null>({
    about: 'further attributes of this service in traces: name=value, separated by commas, percent-encoded',
    parse: pairs,
    fallback: null,
    fallbackText: 'none',
  }),
  OTEL_TRACES_SAMPLER: setting<(typeof samplers)[number]>({
    about: `which traces are kept: ${samplers.join(', ')}`,
    parse: oneOf(...samplers),
    fallback: 'parentbased_always_on',
  }),
  OTEL_TRACES_SAMPLER_ARG: setting({
    about: 'the part of traces that a sampler with traceidratio keeps, from 0 to 1',
    parse: part,
    fallback: 1,
  }),
} as const satisfies SettingsTable

function collectorUrl(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value
  throw new Error('expected an http or https URL')
}

function pairs(value: string): Readonly<Record<string, string>> {
  const entries = list(value).map((pair) => /^([^=\s]+)=(.*)$/.exec(pair))
  if (entries.some((entry) => entry === null)) throw new Error('expected name=value, separated by commas')
  try {
    return Object.fromEntries(entries.map((entry) => [entry?.[1] ?? '', decodeURIComponent(entry?.[2] ?? '')]))
  } catch {
    throw new Error('expected values that are percent-encoded')
  }
}

function part(value: string): number {
  const number = Number(value)
  if (!(number >= 0 && number <= 1)) throw new Error('expected a number from 0 to 1')
  return number
}
