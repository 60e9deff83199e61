import { factsOf, type Letter } from './letter.ts'
import type { LetterQueue } from './letter-queue.ts'
import type { Receipts } from './receipts.ts'
import { each, messageOf, report, type Task } from './tasks.ts'
import type { Tell } from './tell.ts'

/** Those who learn of letters. */
export interface Recipients {
  /** Tells the person or the webhook of the command; null for nobody. */
  readonly tell: Tell | null
  /** Tells the senders that asked. */
  readonly receipts: Receipts
}

/** The results of a look. */
export interface Forwarded {
  /** The letters that somebody was told of. */
  readonly told: number
  readonly receipts: number
  /** Letters of which somebody may not have learned, or that have no note of it. */
  readonly failed: number
}

/**
 * Tells somebody of each letter that nobody was told of, and sends the receipts that are due. Neither waits for the other:
 * when one fails, the copy of the letter notes the other, and the next look does what is left.
 */
export async function forwardAll(task: Task, { tell, receipts }: Recipients): Promise<Forwarded> {
  const counts = { told: 0, receipts: 0, failed: 0 }
  const tellOf = async (letter: Letter): Promise<Date | null> => {
    if (tell === null || letter.forwardedAt !== null) return null
    await tell(factsOf(letter), task.queueUrl)
    return new Date()
  }
  const sendReceipt = async (letter: Letter): Promise<string | null> => {
    const name = receipts.dueTo(letter)
    if (name !== null) await receipts.send(letter, name)
    return name
  }
  const work = async (letter: Letter, queue: LetterQueue) => {
    const [told, sent] = await Promise.allSettled([tellOf(letter), sendReceipt(letter)])
    const errors = [told, sent].flatMap((result) => (result.status === 'rejected' ? [messageOf(result.reason)] : []))
    const forwardedAt = told.status === 'fulfilled' ? told.value : null
    const receiptTo = sent.status === 'fulfilled' ? sent.value : null
    try {
      if (forwardedAt !== null || receiptTo !== null) await queue.note(letter, { forwardedAt, receiptTo })
      if (forwardedAt !== null) {
        counts.told += 1
        report(task, letter, { kind: 'told' })
      }
      if (receiptTo !== null) {
        counts.receipts += 1
        report(task, letter, { kind: 'receipt-sent', queue: receiptTo })
      }
    } catch (error) {
      errors.push(messageOf(error))
    }
    if (errors.length === 0) return
    counts.failed += 1
    for (const error of errors) report(task, letter, { kind: 'failed', error })
  }
  await each(task, work, (letter) => (tell !== null && letter.forwardedAt === null) || receipts.dueTo(letter) !== null)
  const isNews = counts.told + counts.receipts + counts.failed > 0
  if (!task.options.follow || isNews) task.say(summaryOf(counts))
  return counts
}

function summaryOf({ told, receipts, failed }: Forwarded): string {
  const sent = receipts === 0 ? '' : receipts === 1 ? ', 1 receipt sent' : `, ${receipts} receipts sent`
  return `${told} told${sent}, ${failed} failed`
}
