// The kernel, compiled once for each instruction set, in a namespace of its own.
#include "kernel.hpp"

#include "steps.hpp"

namespace glassnet::GLASSNET_ISA {

template <class T> static Runner* make(const Description& d) {
    Engine<T>* engine = new Engine<T>(d);
    if (engine->ok()) return engine;
    delete engine;
    return nullptr;
}

Runner* make_runner(const Description& d, bool wide) { return wide ? make<double>(d) : make<float>(d); }

}  // namespace glassnet::GLASSNET_ISA
