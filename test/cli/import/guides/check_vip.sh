#!/bin/sh
MARK=/tmp/edge.bad
if [ -e "$MARK" ]; then
  exit 1
fi
gateway=$(ip route show default | awk '{ print $3; exit }')
loss=$(ping -f -c 10 "$gateway" | sed -n 's/.* \([0-9]*\)% packet loss.*/\1/p')
if [ "$loss" -ge 80 ]; then
  touch $MARK
  exit 1
fi
exit 0
