/** Publishers and the service must agree on the names of clients' queues: theirs is the one place. */
export { clientQueueName, clientQueueUrl, maxQueuePrefixLength, queueBase } from '../../publisher/client-queue.js'
