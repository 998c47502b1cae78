// Proves which failures give a target up and which only wait: a wrong "permanent" costs the only standby a minute.
import { describe, expect, it } from 'vitest';
import { classify } from '../../../../lambdas/fabric/ec2/classify.ts';

const failure = (name: string, httpStatusCode?: number): Error =>
  Object.assign(new Error('why'), {
    name,
    ...(httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } }),
  });

describe('classify', () => {
  it.each([
    ['InvalidNetworkInterfaceID.NotFound', 400],
    ['PrivateIpAddressLimitExceeded', 400],
    ['InvalidParameterValue', 400],
    ['Resource.AlreadyAssigned', 400],
    ['UnauthorizedOperation', 403],
    ['SomethingNobodyHasHeardOf', 400],
  ])('%s is permanent', (name, status) => {
    expect(classify(failure(name, status))).toEqual({ code: name, message: 'why', permanent: true });
  });

  it.each([
    ['RequestLimitExceeded', 503],
    ['Throttling', 400],
    ['ServiceUnavailable', 503],
    ['InternalError', 500],
    ['SomethingNobodyHasHeardOf', 500],
    ['TooBusy', 429],
    ['RequestExpired', 400],
    ['TimeoutError', undefined],
    ['AbortError', undefined],
  ])('%s (%s) is transient', (name, status) => {
    expect(classify(failure(name, status))).toEqual({ code: name, message: 'why', permanent: false });
  });

  it('a network failure is transient and goes by its own code', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(classify(refused)).toEqual({ code: 'ECONNREFUSED', message: 'connect', permanent: false });
  });

  it('what is no error at all is transient', () => {
    expect(classify('odd')).toEqual({ code: 'Unknown', message: 'odd', permanent: false });
  });
});
