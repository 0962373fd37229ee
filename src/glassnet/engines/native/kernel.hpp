// What each instruction set's build of the kernel offers: a Runner for float32 or float64.
#pragma once

#include "description.hpp"

namespace glassnet {

#define GLASSNET_KERNEL(ISA)                                                                     \
    namespace ISA {                                                                              \
    Runner* make_runner(const Description& description, bool wide); /* null: no memory left */   \
    }
GLASSNET_KERNEL(avx2)
GLASSNET_KERNEL(avx512)
GLASSNET_KERNEL(neon)
#undef GLASSNET_KERNEL

}  // namespace glassnet
