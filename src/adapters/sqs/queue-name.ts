/** Publishers and the service must agree on the names of clients' queues: theirs is the one place. */
export { clientQueueName, clientQueueUrl, longestQueuePrefix, queueBase } from '../../publisher/client-queue.js'
