#!/bin/sh
# Prints the first Python on the path that is 3.11 or newer and can make an environment.
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
        >/dev/null 2>&1; then
        echo "$name"
        exit 0
    fi
done
echo "glassnet needs Python 3.11 or newer with its venv module, and found none as python3," \
    "python3.14, python3.13, python3.12 or python3.11; install it" \
    "(on Debian and Ubuntu: sudo apt install python3 python3-venv) and type the command again." >&2
exit 2
