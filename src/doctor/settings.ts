import { type Config, ConfigError, readConfig } from '../config.ts'
import { unknownSettings } from '../unknown-settings.ts'
import { unsafeSettings } from '../unsafe-settings.ts'
import { type Finding, notesOf } from './finding.ts'

const { ok, warn, fail } = notesOf('settings')

interface Examined {
  /** Null when there are faults: nothing else can be looked at then. */
  readonly config: Config | null
  readonly findings: readonly Finding[]
}

/** Reads the settings of the environment as a start does. */
export function examineSettings(environment: Readonly<Record<string, string | undefined>>): Examined {
  const unknown = unknownSettings(environment).map(({ name, meant }) =>
    warn(`${name} is no setting`, meant === null ? 'unset it' : `did you mean ${meant}?`),
  )
  try {
    const config = readConfig(environment)
    const unsafe = [...unsafeSettings(config)].map(({ setting, sentence }) =>
      warn(sentence, `see ${setting} in .env.example`),
    )
    const mode = `mode ${config.NOTIFICATION_SERVICE_MODE}`
    return { config, findings: [ok(`all settings can be read: ${mode}`), ...unknown, ...unsafe] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const faults = error.problems.map((problem) =>
      fail(problem, 'correct it; .env.example says what each setting means'),
    )
    return { config: null, findings: [...faults, ...unknown] }
  }
}
