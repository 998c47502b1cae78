// Proves that what a template says of its one group is there for each of the lab's groups, and for nothing else.
import { describe, expect, it } from 'vitest';
import { readTemplate, templateFor } from '../../../lab/cloud/template.ts';

const document = (Resources: Record<string, unknown>) => ({ group: 'labgroup', template: { Resources } });

describe('a template for groups', () => {
  const alarm = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { Dimensions: [{ Name: 'Group', Value: 'labgroup' }], AlarmName: 'labgroup-no-holder' },
    DependsOn: 'ArbiterlabgroupGroup',
  };
  const topic = { Type: 'AWS::SNS::Topic' };

  it('has whatever mentions its group once for each', () => {
    const { resources } = templateFor(document({ ArbiterlabgroupAlarm: alarm, Topic: topic }), ['a', 'b-2']);
    expect(resources).toEqual({
      ArbiteraAlarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { Dimensions: [{ Name: 'Group', Value: 'a' }], AlarmName: 'a-no-holder' },
        Metadata: {},
        DependsOn: ['ArbiteraGroup'],
        group: 'a',
      },
      'Arbiterb-2Alarm': {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { Dimensions: [{ Name: 'Group', Value: 'b-2' }], AlarmName: 'b-2-no-holder' },
        Metadata: {},
        DependsOn: ['Arbiterb-2Group'],
        group: 'b-2',
      },
      Topic: { Type: 'AWS::SNS::Topic', Properties: {}, Metadata: {}, DependsOn: [] },
    });
  });

  it('refuses a function that knows a group: there is one function for all', () => {
    const fn = { Type: 'AWS::Lambda::Function', Properties: { Environment: { GROUPS: 'labgroup' } } };
    expect(() => templateFor(document({ Beat: fn }), ['a'])).toThrow(
      'Beat (AWS::Lambda::Function) mentions the group labgroup',
    );
  });

  it('refuses a resource that may not be there, and what is no template', () => {
    const maybe = { ...topic, Condition: 'IsProduction' };
    expect(() => templateFor(document({ Topic: maybe }), [])).toThrow('template.Resources.Topic.Condition');
    expect(() => templateFor({ template: { Resources: {} } }, [])).toThrow("the lab's template is not one");
    expect(() => readTemplate([], '/nonexistent/template.json')).toThrow(
      '/nonexistent/template.json cannot be read',
    );
  });
});
