/** Returns the port of an http or https URL, with the default of its scheme. */
export function portIn(url: string): number {
  const { protocol, port } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}
