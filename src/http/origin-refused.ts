import { Refusal } from '../delivery/refusal.ts'

/** A page of an origin that is not allowed wants to connect. Another token would change nothing. */
export class OriginRefused extends Refusal {
  constructor() {
    super('ERROR_FORBIDDEN', { message: 'Pages of this origin may not connect' })
  }
}
