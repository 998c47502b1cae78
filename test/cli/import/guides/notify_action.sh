#!/bin/bash
# Takes the new state. On MASTER the route to the address is made to lead here.
state=$1
echo "$(date) $state" >> /var/log/keepalived-state.log
if [ "$state" = MASTER ]; then
  python /etc/keepalived/nexthop.py migrate >> /var/log/keepalived-state.log 2>&1 &
fi
