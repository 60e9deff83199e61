import { Refusal } from '../delivery/refusal.ts'

/** The refusal of a page whose origin is not allowed to connect. Another token would not help. */
export class OriginRefused extends Refusal {
  constructor() {
    super('ERROR_FORBIDDEN', { message: 'Pages of this origin may not connect' })
  }
}
