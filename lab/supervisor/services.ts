/** EventBridge, CloudWatch, SNS and Auto Scaling of one lab, wired to its functions as the template wires them. */

import type { CloudPlan } from '../cloud/cloud.ts';
import type { AlarmView, CloudOrder, CloudOutcome } from '../control/cloud.ts';
import { createAutoScalingEnd, LifecycleActions } from '../ends/autoscaling/server.ts';
import type { Clock } from '../ends/clock.ts';
import {
  type AlarmChange,
  Alarms,
  EVALUATED_EVERY_MS,
  notificationOf,
  stateChangeOf,
} from '../ends/cloudwatch/alarms.ts';
import { MetricStore } from '../ends/cloudwatch/metrics.ts';
import { createCloudWatchEnd } from '../ends/cloudwatch/server.ts';
import { type CredentialStore, LAB_ACCOUNT_ID } from '../ends/credentials.ts';
import { type BusRule, EventBus } from '../ends/events/bus.ts';
import { createEventsEnd } from '../ends/events/server.ts';
import type { RpcEnd } from '../ends/rpc/end.ts';
import { createSnsEnd } from '../ends/sns/server.ts';
import { Topics } from '../ends/sns/topics.ts';
import { LabError } from '../errors.ts';
import type { InvokeOutcome } from '../lambda/invocation.ts';
import type { FunctionMetric } from '../lambda/log-lines.ts';
import type { Invocation } from '../lambda/runtime.ts';
import type { Journal } from './journal.ts';

const LAMBDA_NAMESPACE = 'AWS/Lambda';
const TOPIC = /^arn:aws:sns:/;

export interface ServicesScene {
  readonly plan: CloudPlan;
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  readonly journal: Journal;
  readonly invoke: (functionName: string, event: unknown) => Promise<InvokeOutcome>;
  readonly onError: (error: unknown) => void;
}

export class Services {
  readonly bus: EventBus;
  readonly #scene: ServicesScene;
  readonly #metrics = new MetricStore();
  readonly #alarms: Alarms;
  readonly #topics: Topics;
  readonly #ends: Readonly<Record<'events' | 'cloudwatch' | 'sns' | 'autoscaling', RpcEnd>>;

  constructor(scene: ServicesScene) {
    this.#scene = scene;
    const { plan, clock, credentials, journal, onError } = scene;
    const deliver = (arn: string, payload: unknown): Promise<boolean> => this.#deliver(arn, payload);
    this.#topics = new Topics({
      clock,
      topics: plan.topics,
      deliver,
      onNotification: ({ topicArn, subject, message }) =>
        journal.add('notification', { topic: topicArn, subject: subject ?? null, message }),
    });
    const lifecycle = new LifecycleActions(({ instanceId, autoScalingGroup, hook }) =>
      journal.add('lifecycle', { instance: instanceId, autoScalingGroup, hook }),
    );
    this.bus = new EventBus({
      clock,
      rules: plan.rules,
      deliver,
      onEvent: (event, rules) => {
        lifecycle.hear(event);
        const { id, source, 'detail-type': detailType, detail } = event;
        journal.add('event', { id, source, detailType, detail, rules });
      },
      onDelivery: (delivery) => journal.add('delivery', { ...delivery }),
    });
    this.#alarms = new Alarms({
      clock,
      metrics: this.#metrics,
      definitions: plan.alarms,
      onChange: (change) => this.#changed(change),
    });
    const shared = { credentials, clock, onError };
    this.#ends = {
      events: createEventsEnd({ ...shared, bus: this.bus }),
      cloudwatch: createCloudWatchEnd({ ...shared, alarms: this.#alarms, metrics: this.#metrics }),
      sns: createSnsEnd({ ...shared, topics: this.#topics }),
      autoscaling: createAutoScalingEnd({ ...shared, actions: lifecycle }),
    };
  }

  /** Lets the ends listen. @returns the variables by which the AWS SDK finds them */
  async listen(): Promise<Record<string, string>> {
    await Promise.all(Object.values(this.#ends).map((end) => end.listen()));
    return this.env;
  }

  get env(): Record<string, string> {
    const { events, cloudwatch, sns, autoscaling } = this.#ends;
    return {
      AWS_ENDPOINT_URL_EVENTBRIDGE: events.endpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH: cloudwatch.endpoint,
      AWS_ENDPOINT_URL_SNS: sns.endpoint,
      AWS_ENDPOINT_URL_AUTO_SCALING: autoscaling.endpoint,
    };
  }

  /** Schedules and alarms run by themselves from now on. */
  start(): void {
    this.bus.start();
    this.#alarms.start();
  }

  async close(): Promise<void> {
    this.bus.close();
    this.#alarms.close();
    await Promise.all(Object.values(this.#ends).map((end) => end.close()));
  }

  /** What a function wrote to its log as a metric. */
  measured({ namespace, name, values, dimensionSets, timestampMs }: FunctionMetric): void {
    for (const dimensions of dimensionSets)
      this.#metrics.put({ namespace, name, dimensions, values, atMs: timestampMs });
  }

  /** What Lambda measures of every function. */
  invoked({ function: FunctionName, outcome, durationMs }: Invocation): void {
    const atMs = this.#scene.clock.nowMs();
    const put = (name: string, value: number): void =>
      this.#metrics.put({
        namespace: LAMBDA_NAMESPACE,
        name,
        dimensions: { FunctionName },
        values: [value],
        atMs,
      });
    const isThrottled = outcome === 'throttled';
    put('Throttles', isThrottled ? 1 : 0);
    if (isThrottled) return;
    put('Invocations', 1);
    put('Errors', outcome === 'ok' ? 0 : 1);
    put('Duration', durationMs);
  }

  alarms(): AlarmView[] {
    return this.#alarms.all.map(({ name, state, reason, changedAtMs, description, metric }) => ({
      name,
      state,
      reason,
      since: changedAtMs,
      description,
      metric: metric.name,
      dimensions: { ...metric.dimensions },
    }));
  }

  /** Does what `keepaloft lab` or a test asks of the cloud. @throws LabError `no-such-schedule` */
  async perform(order: CloudOrder): Promise<CloudOutcome> {
    switch (order.do) {
      case 'put-event': {
        const { source, detailType, detail, resources = [] } = order;
        return { eventId: this.bus.put({ source, detailType, detail, resources }) };
      }
      case 'run-schedule': {
        const rules = this.#schedules(order.name);
        await Promise.all(rules.map((rule) => this.bus.runSchedule(rule)));
        return { ran: rules.map(({ name }) => name) };
      }
      case 'advance':
        await this.#advance(order.ms, order.schedules === true);
        return { alarms: this.alarms() };
    }
  }

  /** By its own name or that of the function it runs, enabled or not. Without a name: all that run by themselves. */
  #schedules(name: string | undefined): BusRule[] {
    const { plan } = this.#scene;
    const targetsOf = ({ targets }: BusRule): string[] =>
      targets.flatMap(({ arn }) =>
        plan.functions.filter((one) => one.arn === arn).map((one) => one.artefact),
      );
    const found = this.bus.schedules.filter(
      (rule) =>
        (name === undefined && rule.isEnabled) ||
        (name !== undefined && (rule.name === name || targetsOf(rule).includes(name))),
    );
    if (name === undefined || found.length > 0) return found;
    const names = this.bus.schedules.flatMap((rule) => [rule.name, ...targetsOf(rule)]);
    throw new LabError('no-such-schedule', `there is no schedule ${name}`, {
      remedy: names.length === 0 ? 'the template of this lab has none' : `name one of: ${names.join(', ')}`,
    });
  }

  /**
   * Lets minutes pass for CloudWatch, one by one, and judges at the end of each. Nobody's clock is touched: what was
   * measured so far becomes older, and a minute in which nothing ran is one without data.
   */
  async #advance(byMs: number, withSchedules: boolean): Promise<void> {
    for (let leftMs = byMs; leftMs > 0; leftMs -= EVALUATED_EVERY_MS) {
      if (withSchedules)
        await Promise.all(this.#schedules(undefined).map((rule) => this.bus.runSchedule(rule)));
      const stepMs = Math.min(leftMs, EVALUATED_EVERY_MS);
      this.#metrics.age(stepMs);
      this.#alarms.age(stepMs);
      if (stepMs === EVALUATED_EVERY_MS) this.#alarms.evaluate();
    }
  }

  #changed(change: AlarmChange): void {
    const { alarm, before } = change;
    const { name, state, reason, arn } = alarm;
    this.#scene.journal.add('alarm', { name, from: before.state, to: state, reason });
    this.bus.put({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      detail: stateChangeOf(change),
      resources: [arn],
      atMs: alarm.changedAtMs,
    });
    if (!alarm.actionsEnabled) return;
    const { subject, message } = notificationOf(change, LAB_ACCOUNT_ID);
    for (const action of alarm.actions[state]) {
      if (TOPIC.test(action)) this.#topics.publish(action, subject, message);
      else
        void this.#deliver(action, {
          source: 'aws.cloudwatch',
          alarmArn: arn,
          alarmData: stateChangeOf(change),
        });
    }
  }

  async #deliver(arn: string, payload: unknown): Promise<boolean> {
    if (TOPIC.test(arn)) {
      this.#topics.publish(arn, undefined, JSON.stringify(payload));
      return true;
    }
    try {
      return (await this.#scene.invoke(this.#scene.plan.functionName(arn), payload)).ok;
    } catch (error) {
      // A lab that ends has no functions any more.
      this.#scene.onError(error);
      return false;
    }
  }
}
