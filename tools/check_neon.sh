#!/bin/sh
# Compiles the kernel for 64-bit Arm (NEON), to an object file that is thrown away.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${NEON_CXX:-aarch64-linux-gnu-g++}" -std=c++20 -O3 -ffp-contract=off -fno-math-errno \
    -Wall -Wextra -Werror -Wno-maybe-uninitialized -DGLASSNET_ISA=neon \
    -c src/glassnet/engines/native/kernel.cpp -o "$folder/kernel.o"
echo "The kernel compiles for 64-bit Arm."
