/** The library assigns the property; an accessor ignores that, where a property that is not writable would throw. */
const never: PropertyDescriptor = { get: () => false, set() {} }

/**
 * Saves a round trip for each statement with parameters. By itself the library asks the server for the types of the
 * parameters, waits, and only then sends their values (Parse, Describe, Flush; then Bind, Execute, Sync). It needs the
 * types to write arrays. All values here are texts, numbers, booleans, dates, JSON (`sql.json`) and null, which it writes
 * by their own type: so all messages go out together. The server refuses an array, which a statement takes as JSON.
 *
 * Prepared statements would save the same, and planning too. But a transaction pooler gives each statement another server,
 * and a plan that was made while a table was empty still reads the whole table when that is full.
 */
export function inOneRoundTrip<Statement extends object>(statement: Statement): Statement {
  return Object.defineProperty(statement, 'describeFirst', never)
}
