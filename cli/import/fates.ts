/** What becomes of the words that have no counterpart of their own, each with its reason. Only data. */
import type { Verdict } from './ledger.ts';

export interface Fate {
  readonly words: RegExp;
  readonly verdict: Verdict;
  readonly why: string;
}

const fate =
  (verdict: Verdict) =>
  (words: string, why: string): Fate => ({
    words: new RegExp(`^(?:${words})$`, 'u'),
    verdict,
    why,
  });
const mapped = fate('mapped');
const dropped = fate('dropped');
const human = fate('human');

const NO_VRRP = 'there is no VRRP here: hosts speak to the arbiter over HTTPS';
const NO_ARP =
  'an address moves by a call of the EC2 API, not by ARP: there is nothing to tune. Hosts that stay on a switch of their own: fabric: l2 and its announce, see docs/fabrics.md';
const MAIL = 'hosts send no mail: alarms and events go to SNS, see docs/operations.md';
const LVS =
  "balancing load is not a VIP's business: leave it to a load balancer, or to keepalived without VRRP";
const PROCESS = "it is about keepalived's own process; the agent is a systemd unit, tuned there";
const NOT_MOVED =
  "it does not move with a VIP: give it to the host's network configuration, for keepalived will not set it any more";
const EVENTS =
  'it is the event socket, always there: let the reader follow /run/keepaloft/events.sock, or `keepaloft-agent events --json`, see docs/hooks.md';
const PEERS = 'members need not reach each other: each speaks to the arbiter';

/** Of global_defs, and of the top where the same words may stand. */
export const GLOBAL: readonly Fate[] = [
  dropped('notification_email|notification_email_from|smtp_.*|no_email_faults|no_checker_emails', MAIL),
  dropped('router_id', 'a host is known by its instance id'),
  dropped('vrrp_mcast_group[46]', NO_VRRP),
  dropped('vrrp_strict', `${NO_VRRP}, so there is no protocol to be strict about`),
  dropped(
    'vrrp_(?:version|check_unicast_src|skip_check_adv_addr|lower_prio_no_advert|higher_prio_send_advert)',
    NO_VRRP,
  ),
  dropped('vrrp_(?:garp|gna)_.*|vrrp_min_garp', NO_ARP),
  dropped(
    'vrrp_down_timer_adverts',
    'the lease is three heartbeats; timing.lease says otherwise, group by group',
  ),
  dropped('lvs_.*|checker_log_all_failures|rs_init_notifies|nftables_ipvs.*|net_namespace_ipvs', LVS),
  mapped('enable_script_security', 'always on: programs that others than root may write are not run'),
  human('vrrp_startup_delay', 'a member may take over as soon as it is healthy: there is no delay yet'),
  human('(?:vrrp_)?notify_fifo', EVENTS),
  human('(?:vrrp_)?notify_fifo_script', `${EVENTS}; the agent starts no reader: make it a service`),
  mapped('fifo_write_vrrp_states_on_reload', 'whoever connects to the event socket is told how it is'),
  dropped('vrrp_notify_priority_changes', 'priorities are told by status, not to hooks'),
  human(
    '(?:startup|shutdown)_script',
    "the agent runs none: make it ExecStartPre or ExecStopPost of the agent's unit",
  ),
  dropped('(?:startup|shutdown)_script_timeout', "the time limit of a unit's programs is systemd's"),
  dropped(
    '(?:enable_)?(?:snmp|dbus).*|enable_traps',
    'metrics, alarms and events go to CloudWatch and EventBridge',
  ),
  dropped('nftables.*|vrrp_(?:iptables|ipsets|nftables)|disable_local_igmp|namespace_with_ipsets', NO_VRRP),
  dropped(
    '(?:vrrp|checker|bfd)_(?:priority|no_swap|rt_priority|rlimit_rt.*|cpu_affinity|process_name)|m(?:ax|in)_auto_priority.*',
    PROCESS,
  ),
  dropped(
    'process_names?|instance|net_namespace|use_pid_dir|child_wait_time|umask|tmp_config_directory|config_save_dir|data_use_instance|random_seed',
    PROCESS,
  ),
  dropped(
    'reload_.*|include_check|log_unknown_vrids|.*_rcv_bufs(?:_force)?|vrrp_rx_bufs_.*|vmac_(?:addr_)?prefix',
    PROCESS,
  ),
  dropped(
    'dynamic_interfaces|linkbeat_use_polling|default_interface',
    'the agent looks at its interfaces again and again',
  ),
];

/** Of vrrp_instance. */
export const INSTANCE: readonly Fate[] = [
  dropped('state', 'the arbiter says who is MASTER, after priorities; nobody begins as it'),
  dropped('virtual_router_id', `${NO_VRRP}, and a group is known by its name`),
  dropped(
    'authentication|auth_type|auth_pass',
    "requests are signed with the instance's own credentials; no password is shared",
  ),
  dropped(
    'interface',
    "VIPs are bound on the interface of the default route; another one is `interface:` in the host's /etc/keepaloft/agent.yaml",
  ),
  dropped(
    'unicast_(?:src_ip|peer|ttl|fault_no_peer)|old_unicast_checksum|check_unicast_src|track_src_ip',
    PEERS,
  ),
  dropped('mcast_(?:src|dst)_ip', `${NO_VRRP}, and no multicast`),
  dropped(
    'version|vrrp_version|skip_check_adv_addr|(?:lower_prio_no|higher_prio_send)_advert|kernel_rx_buf_size',
    NO_VRRP,
  ),
  dropped('strict_mode', `${NO_VRRP}, so there is no protocol to be strict about`),
  dropped(
    'use_vmac|use_vmac_addr|vmac_xmit_base|use_ipvlan|vrf',
    'EC2 delivers to an interface with its own MAC address only',
  ),
  dropped('native_ipv6', 'the addresses say so'),
  dropped('garp_.*', NO_ARP),
  dropped('lvs_sync_daemon(?:_interface)?', LVS),
  dropped(
    'dont_track_primary',
    'the interface is not tracked: a host that cannot reach the arbiter falls silent',
  ),
  dropped(
    'linkbeat_use_polling|promote_secondaries|debug',
    'the agent looks at its addresses again and again',
  ),
  mapped('accept', 'always so'),
  dropped('no_accept', 'a VIP that is bound takes what is sent to it'),
  dropped('smtp_alert', MAIL),
  dropped('notify_priority_changes', 'priorities are told by status, not to hooks'),
  human(
    'notify_(?:deleted|master_rx_lower_pri)',
    'there is no such hook: the arbiter repairs what another hand has moved',
  ),
];

export const SYNC_GROUP: readonly Fate[] = [
  dropped('smtp_alert', MAIL),
  dropped('notify_priority_changes', 'priorities are told by status, not to hooks'),
  mapped('global_tracking|sync_group_tracking_weight', "a group's checks are all its VIPs'"),
  human('notify_deleted', 'there is no such hook'),
];

/** Of the top: whole blocks. */
export const BLOCKS: readonly Fate[] = [
  dropped('virtual_server|virtual_server_group|real_server|SSL|lvs_sync_daemon', LVS),
  human('static_(?:ipaddress|routes|rules)', NOT_MOVED),
  dropped('track_group', 'it tracks static addresses, which are not set here'),
  dropped(
    'linkbeat_interfaces|interface_up_down_delays',
    "the agent does not watch links; a check's fall and rise are its delays",
  ),
  dropped('garp_group', NO_ARP),
];

export const fateOf = (fates: readonly Fate[], word: string): Fate | undefined =>
  fates.find(({ words }) => words.test(word));
