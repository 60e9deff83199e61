# The rights of the service, per mode, and of senders. Each statement names the calls that need its actions. A test runs
# instances that are refused every call that is not allowed here, and finds each action in use.

# Mode 1: the role of the tasks.
data "aws_iam_policy_document" "instance_queues" {
  # An instance makes a queue at its start, under a name that ends in a random id (CreateQueue). SetQueueAttributes and
  # GetQueueUrl follow only if SQS has that name already, with other attributes. When it leaves it looks whether its queue
  # is empty (GetQueueAttributes) and deletes it (DeleteQueue); the others do so for an instance that has died. Messages of
  # clients that have moved are sent on to the queue of another instance (SendMessage). ChangeMessageVisibility gives back
  # what is undelivered when it leaves, and hides an invalid message while there is no dead-letter queue.
  statement {
    sid = "InstanceQueues"
    actions = [
      "sqs:CreateQueue",
      "sqs:SetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:GetQueueAttributes",
      "sqs:DeleteQueue",
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:SendMessage",
    ]
    resources = ["${local.queues}:${local.instance_prefix}-*"]
  }

  # The queue is found by its ARN at the start, and looked for once a minute (GetQueueUrl). Messages that are no
  # notifications are sent there at once (SendMessage). What was received too often SQS itself moves, without a right.
  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:GetQueueUrl", "sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }

  # Its redrive policy is looked at once (GetQueueAttributes). ChangeMessageVisibility gives back what is undelivered when
  # an instance leaves.
  statement {
    sid       = "Intake"
    actions   = ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
    resources = [aws_sqs_queue.intake.arn]
  }

  # With RECEIPT_QUEUES, allow sqs:SendMessage on those queues, too, and both actions below on their key.
  # SQS decrypts what is received (Decrypt), and encrypts what is sent to the dead-letter queue (GenerateDataKey).
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.queues.arn]
  }
}

# Mode 2: the role of the tasks. Without SQS_USER_QUEUE_AUTO_CREATE, remove CreateQueue.
data "aws_iam_policy_document" "client_queues" {
  # The queue of a client is received from while the client is here (ReceiveMessage); what it has acknowledged is deleted
  # (DeleteMessage), and what it has not is given back when it leaves (ChangeMessageVisibility). Publications, callbacks and
  # what comes in by the intake queue are sent to it (SendMessage). Its redrive policy is looked at when a message is no
  # notification (GetQueueAttributes).
  statement {
    sid = "ClientQueues"
    actions = [
      "sqs:CreateQueue",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:SendMessage",
    ]
    resources = ["${local.queues}:${local.client_prefix}-*"]
  }

  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:GetQueueUrl", "sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }

  statement {
    sid       = "Intake"
    actions   = ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
    resources = [aws_sqs_queue.intake.arn]
  }

  # With RECEIPT_QUEUES, allow sqs:SendMessage on those queues, too, and both actions below on their key.
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.queues.arn]
  }
}

# A sender to the intake queue. It needs no other right, and learns nothing about clients.
data "aws_iam_policy_document" "intake_sender" {
  statement {
    sid       = "Send"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.intake.arn]
  }

  # SQS asks for both to encrypt what a sender sends.
  statement {
    sid       = "Key"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = [aws_kms_key.queues.arn]
  }
}

# Mode 1: a sender that looks a client up and sends to the queue of its instance, as the publisher module does. It asks the
# queue once how long a message may be (GetQueueAttributes).
data "aws_iam_policy_document" "instance_queue_sender" {
  statement {
    sid       = "Send"
    actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
    resources = ["${local.queues}:${local.instance_prefix}-*"]
  }
}

# Mode 2: the same for the queues of clients.
data "aws_iam_policy_document" "client_queue_sender" {
  statement {
    sid       = "Send"
    actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
    resources = ["${local.queues}:${local.client_prefix}-*"]
  }
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "service" {
  name               = "${var.name}-service"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

# In mode 2: data.aws_iam_policy_document.client_queues.
resource "aws_iam_role_policy" "service" {
  name   = "queues"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.instance_queues.json
}

resource "aws_iam_policy" "intake_sender" {
  name   = "${var.name}-intake-sender"
  policy = data.aws_iam_policy_document.intake_sender.json
}

resource "aws_iam_role_policy_attachment" "intake_sender" {
  for_each   = var.senders
  role       = each.value
  policy_arn = aws_iam_policy.intake_sender.arn
}
