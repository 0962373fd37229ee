"""The native engine: whole epochs in a fused C++ kernel, and why it isn't used where it isn't.

``steps.Native`` runs steps; ``translate`` says which networks it takes; this file finds the kernel.
``GLASSNET_ISA`` (avx2, avx512, neon) forces an instruction set, ``GLASSNET_KERNEL`` another build
of the kernel, for tests; ``GLASSNET_THREADS`` limits the threads.
"""

import os
from functools import cache
from types import ModuleType

NAME = "native"
NOT_BUILT = (
    "the native kernel was not built: no C++20 compiler was found, or the build failed; to see "
    "why, install from source with a compiler: pip install --verbose --force-reinstall glassnet"
)


@cache
def kernel() -> ModuleType | None:
    """The compiled module, None where there is none."""
    path = os.environ.get("GLASSNET_KERNEL")
    try:
        if path:
            from importlib.util import module_from_spec, spec_from_file_location

            spec = spec_from_file_location("glassnet.engines.native._kernel", path)
            if spec is None or spec.loader is None:
                return None
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
        from importlib import import_module

        return import_module("glassnet.engines.native._kernel")
    except ImportError:
        return None


@cache
def supported() -> tuple[str, ...]:
    """The instruction sets that the kernel has and this processor knows, the widest last."""
    module = kernel()
    return () if module is None else tuple(module.supported())


def instruction_set() -> str | None:
    """The one in use; None where the kernel cannot run."""
    forced = os.environ.get("GLASSNET_ISA")
    if forced:
        return forced if forced in supported() else None
    return supported()[-1] if supported() else None


def why_not() -> str | None:
    """Why no network runs natively here, one sentence; None where the kernel works."""
    if kernel() is None:
        return NOT_BUILT
    if not supported():
        return "this processor has no fused multiply-add that the kernel knows (AVX2, NEON)"
    if instruction_set() is None:
        return (
            f"GLASSNET_ISA is '{os.environ['GLASSNET_ISA']}'; this machine runs "
            f"{' and '.join(supported())}"
        )
    return None


def threads() -> int:
    """The least of GLASSNET_THREADS, OMP_NUM_THREADS, the processor affinity and the cgroup's
    quota, at least 1."""
    limits = [_processors(), _quota()]
    for name in ("GLASSNET_THREADS", "OMP_NUM_THREADS"):
        first = os.environ.get(name, "").split(",")[0].strip()
        if first.isdecimal() and int(first) > 0:
            limits.append(int(first))
    return max(1, min(limits))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _quota() -> int:
    """Whole processors that the cgroup grants, rounded up; many where it says nothing."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()[:2]
    except (OSError, ValueError):
        try:
            with open("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", encoding="ascii") as file:
                quota = file.read().strip()
            with open("/sys/fs/cgroup/cpu/cpu.cfs_period_us", encoding="ascii") as file:
                period = file.read().strip()
        except OSError:
            return 1 << 16
    if not quota.isdecimal() or not period.isdecimal() or not int(period):
        return 1 << 16  # "max", or -1
    return max(1, -(-int(quota) // int(period)))
