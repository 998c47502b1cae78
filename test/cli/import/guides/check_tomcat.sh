#!/bin/bash
count=$(ps -ef | grep tomcat | wc -l)
if [ $count > 0 ]; then
  exit 0
else
  exit 1
fi
