/** keepalived's own configuration for one host of a pair, as the published guides for clouds write it. */

export interface VrrpHost {
  readonly name: string;
  readonly address: string;
  readonly peerAddress: string;
  readonly vip: string;
  /** Between 1 and 254; the higher one wins when both are MASTER. */
  readonly priority: number;
  readonly advertMs: number;
  /** Where the service that is checked answers on this host. */
  readonly servicePort: number;
  /** What moves the address, run without a shell when this host becomes MASTER. */
  readonly notifyMaster: readonly string[];
}

/** keepalived's own word for the instance; its log names it. */
export const INSTANCE = 'vip';
const ROUTER_ID = 51;

/**
 * All hosts of a lab share one machine. Without real-time scheduling keepalived at adverts of 30 ms would wait for a CPU
 * that its own host would have given it, take that for the silence of its peer, and start a script that takes more CPU.
 */
const RT_PRIORITY = 10;

/** VRRPv3 counts adverts in hundredths of a second. */
const seconds = (ms: number): string => String(Math.round(ms / 10) / 100);

/** Opens a connection and closes it: what a check of a port does. */
const checkScript = (port: number): string => `/usr/bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}'`;

/**
 * Both hosts start as BACKUP and do not preempt; peers are unicast, since a cloud carries no multicast. The check has no
 * weight: with one, a host whose service died would stay MASTER beside a peer that does not preempt.
 */
export const keepalivedConf = (host: VrrpHost): string => `global_defs {
    router_id ${host.name}
    enable_script_security
    script_user root
    vrrp_version 3
    vrrp_skip_check_adv_addr
    vrrp_rt_priority ${RT_PRIORITY}
}

vrrp_script service {
    script "${checkScript(host.servicePort)}"
    interval 1
    fall 2
    rise 2
}

vrrp_instance ${INSTANCE} {
    state BACKUP
    nopreempt
    interface eth0
    virtual_router_id ${ROUTER_ID}
    priority ${host.priority}
    advert_int ${seconds(host.advertMs)}
    unicast_src_ip ${host.address}
    unicast_peer {
        ${host.peerAddress}
    }
    virtual_ipaddress {
        ${host.vip}/32 dev eth0
    }
    track_script {
        service
    }
    notify_master "${host.notifyMaster.join(' ')}"
}
`;
