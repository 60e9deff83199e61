import { pauseFor } from './waiting.js'

/** @import { Options } from './client.d.ts' */
/** @typedef {ReturnType<typeof settingsOf>} Settings */

/** What tests may replace. @typedef {Partial<typeof given>} Parts */
const given = {
  random: Math.random,
  pause: pauseFor,
  /** How much later than asked for an answer may come. */
  graceMs: 10_000,
  /** A stream that says nothing for so long is dead; the service says something every 15 s. */
  idleMs: 45_000,
  /** A tab whose handler takes longer may be relieved by another one. */
  handlingMs: 60_000,
  /** @param {string} _type @param {object} [_members] */
  report: (_type, _members) => {},
}

/**
 * @param {Options} options @param {AbortController} stopping ends everything, as the signal of the options does
 * @param {Parts} parts
 */
export function settingsOf(options, stopping, parts) {
  const { getToken, transport, wait = 25, shareTabs = 'document' in globalThis, signal } = options
  const { origin, pathname } = new URL(options.url, globalThis.location?.href)
  if (typeof getToken !== 'function') throw new TypeError('getToken must be a function')
  return {
    ...given,
    ...parts,
    url: `${origin}${pathname.replace(/\/$/, '')}/notifications`,
    getToken,
    streams: transport === 'sse',
    waitMs: Math.max(1, wait) * 1000,
    shareTabs,
    signal,
    stopping,
  }
}
