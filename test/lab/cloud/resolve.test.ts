// Proves that intrinsic functions come to what CloudFormation would make of them, and that an unknown one is refused with its place.
import { describe, expect, it } from 'vitest';
import { Resolver } from '../../../lab/cloud/resolve.ts';
import type { Resource, Template } from '../../../lab/cloud/template.ts';

const resource = (Type: string, Properties: Record<string, unknown> = {}, path?: string): Resource => ({
  Type,
  Properties,
  Metadata: path === undefined ? {} : { 'aws:asset:path': path },
  DependsOn: [],
});

const template: Template = {
  resources: {
    Table1: resource('AWS::DynamoDB::Table'),
    Beat2: resource('AWS::Lambda::Function', {}, 'dist/lambdas/heartbeat'),
    Twin3: resource('AWS::Lambda::Function', {}, 'dist/lambdas/twin'),
    Twin4: resource('AWS::Lambda::Function', {}, 'dist/lambdas/twin'),
    Named5: resource('AWS::Lambda::Function', { FunctionName: 'mine' }, 'dist/lambdas/named'),
    Topic6: resource('AWS::SNS::Topic'),
    Api7: resource('AWS::ApiGatewayV2::Api'),
    Odd8: resource('AWS::Odd::Thing'),
  },
  parameters: { Stage: 'beta', Bare: undefined },
};
const resolver = new Resolver(template, { apiEndpoint: 'https://172.31.255.1' });
const resolve = (value: unknown): unknown => resolver.resolve(value, 'Here');
const refusal = (value: unknown): unknown => {
  try {
    return resolve(value);
  } catch (error) {
    return error;
  }
};

describe('a value', () => {
  it('without intrinsic functions stays as it is', () => {
    const value = { a: [1, 'x', null, { b: false }], Ref: 'Table1', two: 2 };
    expect(resolve(value)).toEqual(value);
  });

  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['a parameter', { Ref: 'Stage' }, 'beta'],
    ['the only table', { Ref: 'Table1' }, 'keepaloft'],
    ['a function by its artefact', { Ref: 'Beat2' }, 'keepaloft-heartbeat'],
    ['one of two of an artefact', { Ref: 'Twin4' }, 'keepaloft-Twin4'],
    ['a function by its own name', { Ref: 'Named5' }, 'mine'],
    ['a topic', { Ref: 'Topic6' }, 'arn:aws:sns:us-east-1:111122223333:Topic6'],
    [
      'an attribute',
      { 'Fn::GetAtt': ['Beat2', 'Arn'] },
      'arn:aws:lambda:us-east-1:111122223333:function:keepaloft-heartbeat',
    ],
    ['an attribute in one text', { 'Fn::GetAtt': 'Api7.ApiEndpoint' }, 'https://172.31.255.1'],
    ['a join', { 'Fn::Join': [':', ['a', { Ref: 'AWS::Partition' }, 'b']] }, 'a:aws:b'],
    [
      'a substitution',
      { 'Fn::Sub': 'x-${AWS::Region}-${Table1}-${Topic6.TopicName}-${!Literal}' },
      'x-us-east-1-keepaloft-Topic6-${Literal}',
    ],
    [
      'a substitution with variables of its own',
      { 'Fn::Sub': ['${a}/${AWS::URLSuffix}', { a: { Ref: 'Stage' } }] },
      'beta/amazonaws.com',
    ],
    ['a choice', { 'Fn::Select': [1, ['a', { Ref: 'Stage' }]] }, 'beta'],
    ['a split', { 'Fn::Split': ['.', 'a.b'] }, ['a', 'b']],
    ['no value', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
  ];
  it.each(cases)('of %s', (_what, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });
});

describe('what is not known', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['a function', { a: { 'Fn::ImportValue': 'x' } }, 'Here.a: the lab does not know Fn::ImportValue'],
    ['a resource', { Ref: 'Nobody' }, 'Here: the lab does not know Ref Nobody'],
    ['a type', { Ref: 'Odd8' }, 'Here: the lab does not know Ref Odd8 (AWS::Odd::Thing)'],
    [
      'an attribute',
      [{ 'Fn::GetAtt': ['Table1', 'StreamArn'] }],
      'Here[0]: the lab does not know Fn::GetAtt StreamArn of Table1 (AWS::DynamoDB::Table)',
    ],
    ['a parameter without a default', { Ref: 'Bare' }, 'Here: the lab does not know Ref Bare'],
    ['a form of a join', { 'Fn::Join': 'x' }, 'Here.Fn::Join: Invalid input'],
  ];
  it.each(cases)('%s is refused', (_what, value, message) => {
    expect(refusal(value)).toMatchObject({ code: 'template-unfit' });
    expect(refusal(value)).toHaveProperty('message', expect.stringContaining(message));
  });

  it('is a value that should be a text', () => {
    expect(() => resolver.text(['a'], 'Here')).toThrow('Here: comes to ["a"], not to a text');
  });
});
