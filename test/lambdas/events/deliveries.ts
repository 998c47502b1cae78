/** Events about machines as EventBridge delivers them. */
export const stateChange = (instance: string, state: string, time = new Date()) => ({
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '123456789012',
  time: time.toISOString(),
  region: 'us-east-1',
  resources: [`arn:aws:ec2:us-east-1:123456789012:instance/${instance}`],
  detail: { 'instance-id': instance, state },
});

export const spotWarning = (instance: string, time = new Date()) => ({
  ...stateChange(instance, '', time),
  'detail-type': 'EC2 Spot Instance Interruption Warning',
  detail: { 'instance-id': instance, 'instance-action': 'terminate' },
});

export const lifecycleAction = (instance: string, time = new Date()) => ({
  ...stateChange(instance, '', time),
  source: 'aws.autoscaling',
  'detail-type': 'EC2 Instance-terminate Lifecycle Action',
  detail: {
    LifecycleActionToken: '87654321-4321-4321-4321-210987654321',
    AutoScalingGroupName: 'db',
    LifecycleHookName: 'keepaloft',
    EC2InstanceId: instance,
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
  },
});

export const retirement = (
  instances: readonly string[],
  eventTypeCode = 'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED',
  statusCode = 'upcoming',
) => ({
  ...stateChange(instances[0] ?? '', ''),
  source: 'aws.health',
  'detail-type': 'AWS Health Event',
  resources: instances,
  detail: {
    eventArn: 'arn:aws:health:us-east-1::event/EC2/AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED/1',
    service: 'EC2',
    eventTypeCode,
    eventTypeCategory: 'scheduledChange',
    statusCode,
    affectedEntities: instances.map((entityValue) => ({ entityValue })),
  },
});
