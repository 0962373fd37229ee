#!/bin/sh
# Builds the kernel with AddressSanitizer and UndefinedBehaviorSanitizer, and runs its tests with it.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python=$PWD/.venv/bin/python
PATH=$PWD/.venv/bin:$PATH
cmake -S . -B "$folder" -G Ninja -DGLASSNET_SANITIZE=ON -DPython_EXECUTABLE="$python" >"$folder/log" 2>&1 &&
    cmake --build "$folder" >>"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
# Python itself is built without: the sanitizers' libraries come first. Its own leaks are not ours.
LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so)" \
    ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1 \
    GLASSNET_KERNEL=$(ls "$folder"/_kernel*.so) \
    "$python" -m pytest -q -p no:cacheprovider tests/engines/native "$@"
