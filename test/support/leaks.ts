/** Texts that must never be in a log: every token, password and body that a test has used. */
const secrets = new Set<string>()

/** Shorter ones would be found by chance. */
const shortest = 8

/** From now on no output of a service may contain this text. */
export function keepSecret(text: string): string {
  if (text.length >= shortest) secrets.add(text)
  return text
}

/** Returns the kept secrets that occur in a text. */
export function leaksIn(output: string): readonly string[] {
  // A log line is JSON, where a body stands escaped.
  return [...secrets].filter(
    (secret) => output.includes(secret) || output.includes(JSON.stringify(secret).slice(1, -1)),
  )
}
