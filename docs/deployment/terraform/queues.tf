# The queues that outlive every instance. In mode 1 an instance makes a queue of its own and deletes it when it leaves; in
# mode 2 the queues of clients are made by whoever knows the clients, or by the service (SQS_USER_QUEUE_AUTO_CREATE=true).

resource "aws_kms_key" "queues" {
  description         = "Encrypts the intake queue and the dead-letter queue of ${var.name}"
  enable_key_rotation = true
}

# SQS_DLQ_ARN. Watch its depth: a message here reached nobody.
resource "aws_sqs_queue" "dead_letters" {
  name = "${var.name}-dead-letters"
  # 14 days, which is all that SQS allows.
  message_retention_seconds = 1209600
  max_message_size          = 1048576
  kms_master_key_id         = aws_kms_key.queues.arn
  # A data key serves for an hour: fewer calls of KMS, which cost.
  kms_data_key_reuse_period_seconds = 3600
}

# SQS_INTAKE_QUEUE_URL. Every sender sends here, and every instance receives from it.
resource "aws_sqs_queue" "intake" {
  name                              = "${var.name}-intake"
  receive_wait_time_seconds         = 20
  visibility_timeout_seconds        = 30
  message_retention_seconds         = 345600
  max_message_size                  = 1048576
  kms_master_key_id                 = aws_kms_key.queues.arn
  kms_data_key_reuse_period_seconds = 3600
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

output "settings" {
  description = "The settings of the service that follow from these queues."
  value = {
    SQS_QUEUE_NAME_PREFIX = local.instance_prefix
    SQS_DLQ_ARN           = aws_sqs_queue.dead_letters.arn
    SQS_INTAKE_QUEUE_URL  = aws_sqs_queue.intake.url
  }
}
