import type { Message } from '@aws-sdk/client-sqs'

/** A message as a sender that is not ours puts it into a queue, and the notification that it must become. */
export interface ForeignMessage {
  readonly sender: string
  /** The page that documents the form. */
  readonly page: string
  readonly message: Pick<Message, 'Body' | 'MessageAttributes'>
  /** The members of the notification that the form decides; a text is the reason why it is none. */
  readonly becomes: Readonly<Record<string, unknown>> | RegExp
}

const docs = 'https://docs.aws.amazon.com'

function text(value: string) {
  return { DataType: 'String', StringValue: value }
}

const s3Event = {
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: '111122223333',
  time: '2021-11-12T00:00:00Z',
  region: 'ca-central-1',
  resources: ['arn:aws:s3:::amzn-s3-demo-bucket1'],
  detail: {
    version: '0',
    bucket: { name: 'amzn-s3-demo-bucket1' },
    object: { key: 'alice/report.pdf', size: 5, etag: 'b1946ac92492d2347c6235b4d2611184' },
    'request-id': 'N4N7GDK58NMKJ12R',
    requester: '123456789012',
    reason: 'PutObject',
  },
}

const snsEnvelope = {
  Type: 'Notification',
  MessageId: '63a3f6b6-d533-4a47-aef9-fcf5cf758c76',
  TopicArn: 'arn:aws:sns:us-west-2:123456789012:MyTopic',
  Subject: 'Testing publish to subscribed queues',
  Message: 'Hello world!',
  Timestamp: '2012-03-29T05:12:16.901Z',
  SignatureVersion: '1',
  Signature: 'EXAMPLEnTrFPa3…',
  SigningCertURL: 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem',
  UnsubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe',
}

export const foreignMessages: readonly ForeignMessage[] = [
  {
    sender: 'SNS without raw delivery, with message attributes',
    page: `${docs}/sns/latest/dg/sns-sqs-as-subscriber.html`,
    message: {
      Body: JSON.stringify({
        ...snsEnvelope,
        MessageAttributes: {
          addressee: { Type: 'String', Value: 'alice' },
          'content-type': { Type: 'String', Value: 'text/plain' },
          price: { Type: 'Number', Value: '7' },
        },
      }),
    },
    becomes: {
      id: '63a3f6b6-d533-4a47-aef9-fcf5cf758c76',
      addressee: 'alice',
      subject: 'Testing publish to subscribed queues',
      body: 'Hello world!',
      contentType: 'text/plain',
      sentAt: '2012-03-29T05:12:16.901Z',
    },
  },
  {
    sender: 'SNS whose attributes name id and subject themselves',
    page: `${docs}/sns/latest/dg/sns-message-attributes.html`,
    message: {
      Body: JSON.stringify({
        ...snsEnvelope,
        MessageAttributes: {
          addressee: { Type: 'String', Value: 'alice' },
          subject: { Type: 'String', Value: 'order.shipped' },
          id: { Type: 'String', Value: 'order-42' },
          encoding: { Type: 'String', Value: 'base64' },
        },
        Message: 'AP8=',
      }),
    },
    becomes: { id: 'order-42', subject: 'order.shipped', body: 'AP8=', encoding: 'base64' },
  },
  {
    sender: 'SNS with raw delivery',
    page: `${docs}/sns/latest/dg/sns-large-payload-raw-message-delivery.html`,
    message: { Body: 'Hello world!', MessageAttributes: { addressee: text('alice') } },
    becomes: { id: 'm-1', addressee: 'alice', subject: 'notification', body: 'Hello world!', contentType: null },
  },
  {
    sender: 'SNS around the JSON of our own',
    page: `${docs}/sns/latest/dg/sns-sqs-as-subscriber.html`,
    message: {
      Body: JSON.stringify({ ...snsEnvelope, Subject: null, Message: '{"addressee":"alice","body":"shipped"}' }),
    },
    becomes: { id: snsEnvelope.MessageId, addressee: 'alice', subject: 'notification', body: 'shipped' },
  },
  {
    sender: 'SNS around an event of EventBridge',
    page: `${docs}/sns/latest/dg/sns-sqs-as-subscriber.html`,
    message: {
      Body: JSON.stringify({
        ...snsEnvelope,
        Message: JSON.stringify({ ...s3Event, detail: { addressee: 'alice', n: 1 } }),
      }),
    },
    becomes: { id: s3Event.id, addressee: 'alice', subject: 'Object Created', body: '{"addressee":"alice","n":1}' },
  },
  {
    sender: 'SNS that names no addressee',
    page: `${docs}/sns/latest/dg/sns-sqs-as-subscriber.html`,
    message: { Body: JSON.stringify(snsEnvelope) },
    becomes: /names an addressee/,
  },
  {
    sender: 'SNS around SNS',
    page: `${docs}/sns/latest/dg/sns-sqs-as-subscriber.html`,
    message: {
      Body: JSON.stringify({
        ...snsEnvelope,
        Message: JSON.stringify({ ...snsEnvelope, MessageAttributes: { addressee: { Type: 'String', Value: 'bob' } } }),
      }),
    },
    becomes: /names an addressee/,
  },
  {
    sender: 'an EventBridge rule',
    page: `${docs}/eventbridge/latest/userguide/eb-events-structure.html`,
    message: {
      Body: JSON.stringify({
        version: '0',
        id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
        'detail-type': 'order.shipped',
        source: 'shop.orders',
        account: '111122223333',
        time: '2017-12-22T18:43:48Z',
        region: 'us-west-1',
        resources: [],
        detail: { addressee: 'alice', order: 42 },
      }),
    },
    becomes: {
      id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
      addressee: 'alice',
      subject: 'order.shipped',
      body: '{"addressee":"alice","order":42}',
      contentType: 'application/json',
      sentAt: '2017-12-22T18:43:48.000Z',
    },
  },
  {
    sender: 'an EventBridge rule whose detail has numbers that do not survive parsing',
    page: `${docs}/eventbridge/latest/userguide/eb-events-structure.html`,
    message: {
      Body: '{"version":"0","id":"e-1","detail-type":"t","source":"s","detail": { "addressee" : "alice", "n" : 12345678901234567890, "x":1.0, "s":"a  b\\u0041" }}',
    },
    becomes: { body: '{"addressee":"alice","n":12345678901234567890,"x":1.0,"s":"a  b\\u0041"}' },
  },
  {
    sender: 'an S3 event through EventBridge',
    page: `${docs}/AmazonS3/latest/userguide/ev-events.html`,
    message: { Body: JSON.stringify(s3Event) },
    becomes: /names an addressee/,
  },
  {
    sender: 'an S3 event through an EventBridge rule with an input transformer',
    page: `${docs}/eventbridge/latest/userguide/eb-transform-target-input.html`,
    message: { Body: '{"addressee": "alice", "subject": "upload.done", "data": {"key": "alice/report.pdf"}}' },
    becomes: {
      addressee: 'alice',
      subject: 'upload.done',
      body: '{"key":"alice/report.pdf"}',
      contentType: 'application/json',
    },
  },
  {
    sender: 'an S3 event without EventBridge',
    page: `${docs}/AmazonS3/latest/userguide/notification-content-structure.html`,
    message: { Body: '{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","s3":{"object":{"key":"alice/a"}}}]}' },
    becomes: /names an addressee/,
  },
  {
    sender: 'EventBridge Scheduler, templated target SQS SendMessage',
    page: `${docs}/scheduler/latest/UserGuide/managing-targets-templated.html`,
    message: { Body: '{"addressee":"alice","subject":"reminder","body":"stand up","id":"daily-2026-11-27"}' },
    becomes: { id: 'daily-2026-11-27', addressee: 'alice', subject: 'reminder', body: 'stand up', contentType: null },
  },
  {
    sender: 'EventBridge Pipes from DynamoDB with an input template',
    page: `${docs}/eventbridge/latest/userguide/eb-pipes-input-transformation.html`,
    message: { Body: '{"addressee":"alice","subject":null,"data":[1,2],"contentType":null,"correlationId":"c-1"}' },
    becomes: {
      subject: 'notification',
      body: '[1,2]',
      contentType: 'application/json',
      correlationId: 'c-1',
      id: 'm-1',
    },
  },
  {
    sender: 'an IoT rule with an SQS action',
    page: `${docs}/iot/latest/developerguide/sqs-rule-action.html`,
    message: { Body: '{"addressee":"thermostat-7","subject":"telemetry","data":{"temperature":21.50}}' },
    becomes: { addressee: 'thermostat-7', subject: 'telemetry', body: '{"temperature":21.50}' },
  },
  {
    sender: 'an IoT rule with useBase64',
    page: `${docs}/iot/latest/developerguide/sqs-rule-action.html`,
    message: { Body: 'eyJhZGRyZXNzZWUiOiJhbGljZSJ9' },
    becomes: /names an addressee/,
  },
  {
    sender: 'Step Functions, arn:aws:states:::sqs:sendMessage with a JSON body',
    page: `${docs}/step-functions/latest/dg/connect-sqs.html`,
    message: { Body: '{"addressee":"alice","subject":"job.done","body":"","correlationId":"execution-9"}' },
    becomes: { subject: 'job.done', body: '', correlationId: 'execution-9' },
  },
  {
    sender: 'Step Functions with message attributes',
    page: `${docs}/step-functions/latest/dg/connect-sqs.html`,
    message: {
      Body: '{"result":"ok"}',
      MessageAttributes: { addressee: text('alice'), subject: text('job.done') },
    },
    becomes: { addressee: 'alice', subject: 'job.done', body: '{"result":"ok"}' },
  },
  {
    sender: 'a Lambda destination',
    page: `${docs}/lambda/latest/dg/invocation-async-retain-records.html`,
    message: {
      Body: '{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{"requestId":"e4b4"},"requestPayload":{"addressee":"alice"},"responseContext":{"statusCode":200},"responsePayload":{"addressee":"alice"}}',
    },
    becomes: /names an addressee/,
  },
  {
    sender: 'a Lambda destination through EventBridge',
    page: `${docs}/lambda/latest/dg/invocation-async-retain-records.html`,
    message: {
      Body: '{"version":"0","id":"l-1","detail-type":"Lambda Function Invocation Result - Success","source":"lambda","time":"2019-11-14T18:16:05Z","detail":{"addressee":"alice","version":"1.0"}}',
    },
    becomes: { addressee: 'alice', subject: 'Lambda Function Invocation Result - Success' },
  },
  {
    sender: 'boto3, send_message with MessageAttributes',
    page: `${docs}/boto3/latest/reference/services/sqs/client/send_message.html`,
    message: {
      Body: 'hello',
      MessageAttributes: { addressee: text('alice'), subject: text('greeting'), id: text('b-1') },
    },
    becomes: { id: 'b-1', addressee: 'alice', subject: 'greeting', body: 'hello' },
  },
  {
    sender: 'the AWS CLI, aws sqs send-message with a body alone',
    page: `${docs}/cli/latest/reference/sqs/send-message.html`,
    message: { Body: '{"addressee":"alice","body":"hello"}' },
    becomes: { addressee: 'alice', subject: 'notification', body: 'hello' },
  },
  {
    sender: 'the AWS SDK for Java with an attribute of a custom type',
    page: `${docs}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html`,
    message: {
      Body: 'hello',
      MessageAttributes: { addressee: { DataType: 'String.client', StringValue: 'alice' } },
    },
    becomes: { addressee: 'alice', body: 'hello' },
  },
  {
    sender: 'the AWS SDK for Go, whose attribute is a Number',
    page: `${docs}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html`,
    message: { Body: 'hello', MessageAttributes: { addressee: { DataType: 'Number', StringValue: '7' } } },
    becomes: /addressee is not a String/,
  },
  {
    sender: 'a CloudEvent with JSON data',
    page: 'https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md',
    message: {
      Body: '{"specversion":"1.0","type":"com.example.order.shipped","source":"/orders","id":"A234","time":"2018-04-05T17:31:00Z","addressee":"alice","data":{ "order" : 42 }}',
    },
    becomes: {
      addressee: 'alice',
      subject: 'com.example.order.shipped',
      body: '{"order":42}',
      contentType: 'application/json',
      sentAt: '2018-04-05T17:31:00.000Z',
    },
  },
  {
    sender: 'a CloudEvent with text',
    page: 'https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md',
    message: {
      Body: '{"specversion":"1.0","type":"t","source":"s","id":"1","addressee":"alice","datacontenttype":"text/xml","data":"<much wow=\\"xml\\"/>"}',
    },
    becomes: { body: '<much wow="xml"/>', contentType: 'text/xml' },
  },
  {
    sender: 'a CloudEvent with bytes',
    page: 'https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md',
    message: {
      Body: '{"specversion":"1.0","type":"t","source":"s","id":"1","addressee":"alice","datacontenttype":"application/octet-stream","data_base64":"AP8="}',
    },
    becomes: { body: 'AP8=', encoding: 'base64', contentType: 'application/octet-stream' },
  },
  {
    sender: 'a CloudEvent without data',
    page: 'https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md',
    message: { Body: '{"specversion":"1.0","type":"t","source":"s","id":"1","addressee":"alice"}' },
    becomes: { body: '', contentType: null },
  },
  {
    sender: 'a CloudEvent of another version',
    page: 'https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md',
    message: { Body: '{"specversion":"0.3","type":"t","source":"s","id":"1","addressee":"alice","data":1}' },
    becomes: /not of specversion 1.0/,
  },
]

function sns(message: string, attributes?: unknown): string {
  return JSON.stringify({ Type: 'Notification', TopicArn: 'a', Message: message, MessageAttributes: attributes })
}

const event = { 'detail-type': 't', source: 's', id: 'e', detail: { addressee: 'alice' } }

/** Messages that somebody made to be misread. None may become a notification, and none may end the process. */
export const hostileMessages: readonly (readonly [string, string, RegExp])[] = [
  ['a text', 'hello', /names an addressee/],
  ['an addressee twice', '{"addressee":"alice","body":"x","addressee":"bob"}', /a member twice/],
  ['an addressee twice, once escaped', '{"addressee":"alice","body":"x","\\u0061ddressee":"bob"}', /a member twice/],
  [
    'a duplicate member within an event',
    '{"detail-type":"t","source":"s","id":"1","detail":{"addressee":"alice","addressee":"bob"}}',
    /a member twice/,
  ],
  ['an addressee of the prototype', '{"__proto__":{"addressee":"alice"},"body":"x"}', /names an addressee/],
  [
    'a detail of the prototype',
    '{"detail-type":"t","source":"s","id":"1","detail":{"__proto__":{"addressee":"alice"}}}',
    /names an addressee/,
  ],
  ['an addressee that is no text', '{"addressee":["alice"],"body":"x"}', /addressee is not/],
  ['an addressee with a line break', '{"addressee":"al\\nice","body":"x"}', /addressee is not/],
  ['half a surrogate pair', '{"addressee":"\\ud800","body":"x"}', /addressee is not/],
  ['half a surrogate pair as body', '{"addressee":"alice","body":"x\\ud800"}', /well-formed/],
  [
    'half a surrogate pair as data of a CloudEvent',
    '{"specversion":"1.0","type":"t","source":"s","id":"1","addressee":"a","data":"\\udc00"}',
    /well-formed/,
  ],
  [
    'half a surrogate pair in a message of SNS',
    '{"Type":"Notification","MessageId":"1","TopicArn":"arn:t","Message":"\\ud800","MessageAttributes":{"addressee":{"Type":"String","Value":"alice"}}}',
    /well-formed/,
  ],
  ['half a surrogate pair as content type', '{"addressee":"alice","body":"x","contentType":"\\ud800"}', /content type/],
  ['a body that is no text', '{"addressee":"alice","body":{}}', /body is not a text/],
  ['body and data', '{"addressee":"alice","body":"x","data":1}', /both a member body and a member data/],
  ['neither body nor data', '{"addressee":"alice"}', /neither a member body nor a member data/],
  [
    'data and data_base64',
    '{"specversion":"1.0","type":"t","source":"s","id":"1","addressee":"a","data":1,"data_base64":"AA=="}',
    /both/,
  ],
  [
    'data_base64 that is none',
    '{"specversion":"1.0","type":"t","source":"s","id":"1","addressee":"a","data_base64":"!"}',
    /not base64/,
  ],
  ['1 MiB of arrays', '['.repeat(1_048_576), /nested too deeply/],
  ['1 MiB of objects', '{"a":'.repeat(200_000), /nested too deeply/],
  [
    'arrays that are closed',
    `{"addressee":"alice","data":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
    /nested too deeply/,
  ],
  ['1 MiB of members', `{${Array.from({ length: 60_000 }, (_, i) => `"m${i}":${i}`).join()}}`, /names an addressee/],
  ['JSON that ends early', '{"addressee":"alice","body":"x"', /names an addressee/],
  ['JSON and more', '{"addressee":"alice","body":"x"}{}', /names an addressee/],
  ['nothing but a quote', '"', /names an addressee/],
  ['1 MiB of quotes', '"'.repeat(1_000_000), /names an addressee/],
  ['1 MiB of escapes', `{"addressee":"${'\\'.repeat(1_000_000)}`, /names an addressee/],
  ['1 MiB of colons', `{${':'.repeat(1_000_000)}}`, /names an addressee/],
  ['names that never get a colon', `{${`"a"${' '.repeat(50)}`.repeat(18_000)}}`, /names an addressee/],
  ['1 MiB of arrays within SNS', sns('['.repeat(1_000_000)), /nested too deeply/],
  ['SNS five deep', sns(sns(sns(sns(sns('{"addressee":"alice","body":"x"}'))))), /names an addressee/],
  [
    'SNS within a CloudEvent within an event',
    JSON.stringify({
      ...event,
      detail: { specversion: '1.0', type: 't', source: 's', id: '1', data: sns('{"addressee":"alice","body":"x"}') },
    }),
    /names an addressee/,
  ],
  ['SNS around a member twice', sns('{"addressee":"alice","addressee":"bob","body":"x"}'), /a member twice/],
  [
    'an empty attribute in SNS',
    sns('{"addressee":"bob","body":"x"}', { addressee: { Type: 'String', Value: '' } }),
    /is not 1/,
  ],
  ['attributes of SNS in a list', sns('hi', [{ Type: 'String', Value: 'alice' }]), /names an addressee/],
  [
    'an attribute of SNS that is a list',
    sns('hi', { addressee: { Type: 'String.Array', Value: '["alice"]' } }),
    /names an/,
  ],
  [
    'a message of SNS that is no text',
    '{"Type":"Notification","TopicArn":"a","Message":{"addressee":"alice"}}',
    /names an/,
  ],
  ['a letter that looks like another', '{"\u0430ddressee":"alice","body":"x"}', /names an addressee/],
  ['a byte order mark', '\ufeff{"addressee":"alice","body":"x"}', /names an addressee/],
  [
    'an addressee in a constructor',
    '{"constructor":{"prototype":{"addressee":"bob"}},"body":"x"}',
    /names an addressee/,
  ],
  ['an addressee that is a number', '{"addressee":42,"body":"x"}', /addressee is not/],
  ['an id that is a number', '{"addressee":"alice","body":"x","id":42}', /id is not/],
  ['an id that is a query', '{"addressee":"alice","body":"x","id":{"$ne":null}}', /id is not/],
  ['an id with a NUL', '{"addressee":"alice","body":"x","id":"a\\u0000b"}', /id is not/],
  ['an event whose id is a number', JSON.stringify({ ...event, id: 7 }), /id is not/],
  ['a detail that is a text', JSON.stringify({ ...event, detail: '{"addressee":"alice"}' }), /names an addressee/],
  ['a detail that is a list', JSON.stringify({ ...event, detail: [{ addressee: 'alice' }] }), /names an addressee/],
  ['a list of notifications', '{"notifications":[{"addressee":"alice","body":"x"}]}', /names an addressee/],
  ['half a surrogate pair in the body', '{"addressee":"alice","body":"\\ud800"}', /not well-formed Unicode/],
  [
    'a line break in the content type',
    '{"addressee":"alice","body":"x","contentType":"a\\r\\nb: c"}',
    /content type is not/,
  ],
  [
    'a content type of 500 KB',
    `{"addressee":"alice","body":"x","contentType":"${'x'.repeat(500_000)}"}`,
    /content type is not/,
  ],
]
