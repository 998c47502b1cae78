import type { Duration } from 'aws-cdk-lib';

/** How a check counts, after keepalived's vrrp_script. Defaults are those of keepaloft.yaml. */
export interface CheckOptions {
  /**
   * From start to start.
   *
   * @default 1 second
   */
  readonly interval?: Duration;

  /**
   * Longer counts as failed.
   *
   * @default 1 second
   */
  readonly timeout?: Duration;

  /**
   * Failures in a row until the check is down.
   *
   * @default 2
   */
  readonly fall?: number;

  /**
   * Successes in a row until it is up again.
   *
   * @default 2
   */
  readonly rise?: number;

  /**
   * 0: down means FAULT. Negative: added to the priority while down. Positive: added while up.
   *
   * @default 0
   */
  readonly weight?: number;

  /**
   * What the weight does to the priority is turned round: it takes away what it would add. Only with a weight.
   *
   * @default false
   */
  readonly reverse?: boolean;

  /**
   * Start as down until `rise` successes.
   *
   * @default false
   */
  readonly initFail?: boolean;
}

export interface HttpCheckOptions extends CheckOptions {
  /**
   * The status that counts as passed.
   *
   * @default - any 2xx
   */
  readonly status?: number;
}

export interface PingCheckOptions extends CheckOptions {
  /**
   * Requests in a run, spread over half of the time limit; 1 to 100.
   *
   * @default 10
   */
  readonly count?: number;

  /**
   * From so many per cent without an answer on the run has failed.
   *
   * @default 80
   */
  readonly loss?: number;
}

/** How a file counts: `weight` and `reverse` apply to the number that it holds. */
export interface FileCheckOptions extends CheckOptions {
  /**
   * The number times this is added to the priority; from -254 on it is FAULT. 0: any number but 0 means FAULT.
   *
   * @default 1
   */
  readonly weight?: number;
}

export interface AlarmCheckOptions {
  /**
   * 0: on means FAULT. Negative: added to the priority while it is on.
   *
   * @default 0
   */
  readonly weight?: number;
}

/** A duration as keepaloft.yaml writes it. */
export const inMs = (duration: Duration | undefined): string | undefined =>
  duration === undefined ? undefined : `${duration.toMilliseconds()}ms`;

/** Something that a member looks at about itself. */
export class Check {
  /** A TCP connection, for example to 127.0.0.1:3306. */
  static tcp(hostPort: string, options: CheckOptions = {}): Check {
    return new Check({ tcp: hostPort }, options);
  }

  /** A GET that is answered well. */
  static http(url: string, options: HttpCheckOptions = {}): Check {
    const { status, ...timing } = options;
    return new Check({ http: url, status }, timing);
  }

  /** A process of this name runs, as in /proc/PID/comm. */
  static process(name: string, options: CheckOptions = {}): Check {
    return new Check({ process: name }, options);
  }

  /** A program of the host that exits 0: argument list, never a shell line. The file must be root's on the host. */
  static script(argv: string[], options: CheckOptions = {}): Check {
    return new Check({ script: argv }, options);
  }

  /** A network interface of the host is up and has a carrier, as keepalived's track_interface. */
  static networkInterface(name: string, options: CheckOptions = {}): Check {
    return new Check({ interface: name }, options);
  }

  /** An IPv4 address, or `gateway` for that of the default route, answers pings. */
  static ping(target: string, options: PingCheckOptions = {}): Check {
    const { count, loss, ...timing } = options;
    return new Check({ ping: target, count, loss }, timing);
  }

  /**
   * A file of the host holds a whole number that is added to the priority, as keepalived's track_file. One that does not
   * exist counts as 0.
   */
  static file(path: string, options: FileCheckOptions = {}): Check {
    return new Check({ file: path }, options);
  }

  /**
   * A CloudWatch alarm about the member: on means that the check has failed. Its name has `{instance}` where the member's id
   * stands, for example `replica-lag-{instance}`. The alarms themselves are yours.
   */
  static alarm(alarmName: string, { weight }: AlarmCheckOptions = {}): Check {
    return new Check({ alarm: alarmName, weight }, {});
  }

  /** As it stands in keepaloft.yaml. */
  readonly document: Record<string, unknown>;

  private constructor(what: Record<string, unknown>, { interval, timeout, ...counting }: CheckOptions) {
    this.document = { ...what, ...counting, interval: inMs(interval), timeout: inMs(timeout) };
  }
}
