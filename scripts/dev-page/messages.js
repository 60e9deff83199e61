/** An SQS message, whose attributes are of type String. @typedef {{ body: string, attributes: Record<string, string> }} Message */
/**
 * A typed message. An event has an id and a time of its own, so that it is a duplicate when it is sent again.
 *
 * @typedef {{ addressee: string, subject: string, body: string, id: string, time: string }} Typed
 */

/** The forms of a message. @type {Record<string, (typed: Typed) => Message>} */
const forms = {
  attributes: ({ addressee, subject, body }) => ({
    // SQS carries no empty body: the attribute says that the text is not meant.
    body: body || 'empty',
    attributes: {
      addressee,
      subject,
      'content-type': parsed(body) === undefined ? 'text/plain' : 'application/json',
      ...(body === '' ? { encoding: 'empty' } : {}),
    },
  }),
  'cloud-event': ({ addressee, subject, body, id, time }) =>
    alone(
      { specversion: '1.0', id, source: '/dev/page', type: subject, addressee, time, ...dataType(body) },
      'data',
      body,
    ),
  'event-bridge': ({ addressee, subject, body, id, time }) =>
    alone(
      {
        ...{ version: '0', id, 'detail-type': subject, source: 'dev.page', account: '111122223333', time },
        ...{ region: 'us-east-1', resources: [] },
      },
      'detail',
      detailOf(body, addressee),
    ),
  text: ({ body }) => ({ body: body || 'empty', attributes: {} }),
}

/** Returns the message in this form. @param {string} form @param {Typed} typed */
export function messageOf(form, typed) {
  const make = forms[form]
  if (make === undefined) throw new Error(`there is no form ${form}`)
  return make(typed)
}

/** @param {string} text */
export function typeOf(text) {
  return parsed(text) === undefined ? 'text/plain' : 'application/json'
}

/**
 * Returns a message without attributes: a JSON object with one more member, whose JSON is written as it was typed.
 *
 * @param {object} envelope @param {string} name @param {string} typed @returns {Message}
 */
function alone(envelope, name, typed) {
  const value = parsed(typed) === undefined ? JSON.stringify(typed) : typed
  return { body: `${JSON.stringify(envelope).slice(0, -1)},"${name}":${value}}`, attributes: {} }
}

/** Data is JSON unless an event says otherwise. @param {string} body */
function dataType(body) {
  return parsed(body) === undefined ? { datacontenttype: 'text/plain' } : {}
}

/** Returns the details of an event: an object that names the addressee. @param {string} body @param {string} addressee */
function detailOf(body, addressee) {
  const value = parsed(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return JSON.stringify({ addressee, text: body })
  if ('addressee' in value) return JSON.stringify({ ...value, addressee })
  const members = body.trim().slice(1, -1).trim()
  return `{"addressee":${JSON.stringify(addressee)}${members === '' ? '' : `,${members}`}}`
}

/** Returns the value of JSON; undefined for any other text. @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
