/**
 * Up to a tenth earlier, at random: clients that were turned to us together (a deploy, a network that came back) would
 * otherwise come back together for ever.
 */
export function spread(ms: number, random: () => number): number {
  return ms * (1 - random() / 10)
}
