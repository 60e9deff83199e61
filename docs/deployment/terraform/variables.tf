# Terraform 1.5 or later, with the provider hashicorp/aws from 5.60 on.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60"
    }
  }
}

variable "name" {
  description = "Begins the names of everything here: 1 to 30 letters, digits and hyphens."
  type        = string
  default     = "notifications"
}

variable "senders" {
  description = "Roles that may send to the intake queue, by a name of your choice. A sender can notify every client."
  type        = map(string)
  default     = {}
}

variable "vpc_id" {
  description = "VPC of the load balancer and the tasks."
  type        = string
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer, in two zones or more."
  type        = list(string)
}

variable "certificate_arn" {
  description = "Certificate of the public name, in ACM."
  type        = string
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  queues = "arn:aws:sqs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"

  # SQS_QUEUE_NAME_PREFIX in mode 1. Not var.name alone: rights on "notifications-*" would cover the two queues below.
  instance_prefix = "${var.name}-instance"
  # The last part of SQS_USER_QUEUE_BASE_URL in mode 2.
  client_prefix = "${var.name}-client"
}
