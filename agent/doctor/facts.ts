/** What a look at this host gives: plain data, so that what it means can be decided, and tested, without a host. */
import type { CheckResult } from '../../core/checks.ts';
import type { AgentFile } from '../../core/wire/config.ts';
import type { PeerState } from '../../core/wire/heartbeat.ts';

/** The agent's configuration file, and why it is of no use if it is not. */
export type ConfigurationFacts =
  | {
      readonly kind: 'read';
      readonly path: string;
      readonly file: AgentFile;
      readonly ca: string | undefined;
    }
  | { readonly kind: 'missing' | 'wrong'; readonly path: string; readonly message: string };

/** What the instance metadata service says. */
export type MetadataFacts =
  | {
      readonly kind: 'answers';
      readonly instanceId: string;
      /** The primary private address. */
      readonly address: string;
      /** The subnet's IPv4 block; undefined when the service does not tell. */
      readonly cidr: string | undefined;
      /** What the fabric maps to the primary interface, the primary address included. */
      readonly localIpv4s: readonly string[];
      /** The IPv6 addresses that the fabric maps to it, and the subnet's IPv6 blocks as far as it tells. */
      readonly ipv6s: readonly string[];
      readonly ipv6Cidrs: readonly string[];
      /** Of the instance profile; undefined: there is none. */
      readonly role: string | undefined;
    }
  | { readonly kind: 'unreachable'; readonly message: string }
  /** It answers, but its session token does not arrive. */
  | { readonly kind: 'token-lost'; readonly message: string }
  | { readonly kind: 'refused'; readonly status: number };

/** One signed request to the arbiter that it must refuse as malformed: nothing is changed by it. */
export interface Call {
  readonly status: number;
  /** Of the error that it answers with. */
  readonly code: string;
  readonly message: string;
  readonly roundTripMs: number;
  /** This host's wall clock minus the server's, milliseconds; undefined: the answer had no date. */
  readonly clockErrorMs: number | undefined;
}

export interface Failed {
  readonly failed: string;
}

/** The way to the arbiter, from its name to its answers. */
export interface ArbiterFacts {
  readonly host: string;
  readonly addresses: readonly string[] | Failed;
  readonly tls: { readonly authorized: boolean; readonly issuer: string; readonly error: string } | Failed;
  /** `unsigned`: why there is nothing to sign with, so that nothing was sent. */
  readonly calls: readonly Call[] | Failed | { readonly unsigned: string };
}

/** The agent's process and what it has left on the disk. */
export interface AgentFacts {
  /** Undefined: none runs, or it hangs. */
  readonly pid: number | undefined;
  /** The groups that the arbiter has answered at least once on this host; undefined: the state cannot be read. */
  readonly answered: readonly string[] | undefined;
  /** Proxy variables that the agent, or this shell if none runs, has been given. */
  readonly proxies: readonly string[];
  /** The running agent has CAP_NET_RAW, without which it announces no address; undefined: it cannot be told. */
  readonly mayAnnounce?: boolean | undefined;
}

export interface NetworkFacts {
  /** Every address of this host, and the interface that has it. */
  readonly addresses: readonly { readonly address: string; readonly interface: string }[];
  /** Where the agent binds; undefined when there is neither a configured one nor a default route. */
  readonly device: string | undefined;
  readonly defaultDevice: string | undefined;
  /** The stricter of `all` and the device's own; undefined: it cannot be read. */
  readonly rpFilter: number | undefined;
  /** Local addresses on which something listens, by TCP port; `*` for all of them. */
  readonly listeners: ReadonlyMap<number, readonly string[]>;
  /** Undefined: nothing is to follow a VIP here. */
  readonly routing?: RoutingFacts | undefined;
}

/** What follows the VIPs that are bound here. */
export type RoutingFacts =
  | Failed
  | {
      /** Host routes and rules of the configuration, as `ip` would be told. */
      readonly missing: readonly string[];
      /** VIPs on another interface than the default route's, and whether a rule says by which way they answer. */
      readonly undecided: readonly string[];
      readonly decided: readonly string[];
    };

/** Who else might manage a VIP. */
export interface RivalFacts {
  /** A keepalived runs. */
  readonly keepalived: boolean;
  /** Files that name a VIP, and whose they are. */
  readonly mentions: readonly { readonly manager: string; readonly path: string; readonly vip: string }[];
  /** Services that follow the cloud's list of addresses on their own. */
  readonly followers: readonly string[];
  /** Files by which cloud-netconfig follows it for an interface. */
  readonly netconfigFiles: readonly string[];
}

/** `keeps`: it leaves addresses alone that it has not put there. */
export type InterfaceManager =
  | { readonly name: 'systemd-networkd'; readonly file: string; readonly keeps: boolean }
  | { readonly name: 'NetworkManager' };

/** Who configures the interface that the agent binds on. */
export interface ManagerFacts {
  readonly device: string | undefined;
  /** Amazon Linux's refresh of secondary addresses runs. */
  readonly netUtils: boolean;
  /** Undefined: none that is known. */
  readonly manager: InterfaceManager | undefined;
}

/** A program that the configuration names. */
export interface ProgramFacts {
  /** For people: `check mysqld of mysql`. */
  readonly use: string;
  readonly isCheck: boolean;
  readonly path: string;
  /** Why the agent does not run it. */
  readonly refusal: { readonly code: string; readonly message: string; readonly remedy: string } | undefined;
  /** The mount that forbids to execute it. */
  readonly noexec: string | undefined;
  /** Of a script; undefined of anything else. */
  readonly text: string | undefined;
}

/** A check that was made once, for its result tells what the agent will find. */
export interface CheckFacts {
  /** For people: `check way of mysql`. */
  readonly use: string;
  readonly kind: 'interface' | 'ping' | 'file';
  /** The interface, address or file. */
  readonly target: string;
  /** Of a file: there is none, which counts as 0. */
  readonly isAbsent: boolean;
  readonly result: CheckResult;
}

/** What ending connections takes (`handover: reset-first`). */
export interface SocketFacts {
  readonly hasSs: boolean;
  /** Of the kernel; undefined: it cannot be told. */
  readonly isBuiltIn: boolean | undefined;
}

/** A peer that the configuration names, and the agent's session with it. */
export interface PeerFacts {
  readonly node: string;
  readonly address: string;
  /** Undefined: no running agent has told. */
  readonly state: PeerState['state'] | undefined;
  /** It has said that it stops. */
  readonly stopped: boolean;
}

export interface HostFacts {
  /** Only root may see everything. */
  readonly isRoot: boolean;
  readonly configuration: ConfigurationFacts;
  readonly metadata: MetadataFacts;
  /** Undefined without a configuration. */
  readonly arbiter: ArbiterFacts | undefined;
  readonly agent: AgentFacts;
  readonly network: NetworkFacts;
  readonly rivals: RivalFacts;
  readonly managers: ManagerFacts;
  readonly programs: readonly ProgramFacts[];
  readonly checks: readonly CheckFacts[];
  /** The agent may open a socket for pings; undefined: it cannot be told. */
  readonly mayPing: boolean | undefined;
  /** Undefined: no group wants connections to be ended. */
  readonly sockets: SocketFacts | undefined;
  readonly peers: readonly PeerFacts[];
}
