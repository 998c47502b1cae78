#!/bin/sh
token=$(curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
mac=$(curl -s -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/mac)
eni=$(curl -s -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/network/interfaces/macs/$mac/interface-id")
aws ec2 assign-private-ip-addresses --network-interface-id "$eni" --private-ip-addresses "$1" --allow-reassignment
