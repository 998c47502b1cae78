#!/bin/sh
# TYPE NAME STATE; tells a chat what has changed, and sets what the kernel answers to ARP.
case "$3" in
  BACKUP) sysctl -q net.ipv4.conf.all.arp_ignore=0 net.ipv4.ip_nonlocal_bind=1 ;;
  MASTER) sysctl -q net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=1 ;;
  FAULT) ;;
  *) exit 1 ;;
esac
curl -s -X POST -d "{\"state\":\"$3\"}" "$CHAT_URL"
