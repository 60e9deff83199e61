import { pauseFor } from './waiting.js'

/** @import { Options } from './client.d.ts' */
/** @typedef {ReturnType<typeof settingsOf>} Settings */

/** Defaults, which tests may replace. @typedef {Partial<typeof defaults>} Parts */
const defaults = {
  random: Math.random,
  pause: pauseFor,
  /** The time an answer may come later than the requested wait. */
  graceMs: 10_000,
  /** A stream is dead after so long a silence: the service sends something every 15 s. */
  idleMs: 45_000,
  /** Another tab may take over from a tab whose handler takes longer. */
  handlingMs: 60_000,
  /** @param {string} _type @param {object} [_members] */
  report: (_type, _members) => {},
}

/**
 * @param {Options} options @param {AbortController} stopping ends everything, like the signal in the options
 * @param {Parts} parts
 */
export function settingsOf(options, stopping, parts) {
  const { getToken, transport, wait = 25, shareTabs = 'document' in globalThis, signal } = options
  const { origin, pathname } = new URL(options.url, pageUrl())
  if (typeof getToken !== 'function') throw new TypeError('getToken must be a function')
  return {
    ...defaults,
    ...parts,
    url: `${origin}${pathname.replace(/\/$/, '')}/notifications`,
    getToken,
    streams: transport === 'sse' && canStream(),
    waitMs: Math.max(1, wait) * 1000,
    shareTabs,
    signal,
    stopping,
  }
}

/** Returns the URL to which others are relative: a frame without an address of its own has its parent's. */
function pageUrl() {
  const { document, location } = globalThis
  return document?.baseURI ?? (location?.protocol === 'blob:' ? location.origin : location?.href)
}

/** Returns whether a response can be read while it comes. Without that, long polls do. */
function canStream() {
  return Boolean(globalThis.TextDecoder && 'body' in Response.prototype)
}
