/** What the simulated account calls its queues. */
export const folder = 'https://sqs.example/1/'
export const prefix = 'client'
export const baseUrl = `${folder}${prefix}`
export const deadLetterUrl = `${folder}${prefix}-dlq`
export const deadLetterArn = `arn:aws:sqs:nowhere:1:${prefix}-dlq`
