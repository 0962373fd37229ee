// The Python module `_kernel`: arrays and plain numbers in, a Runner's work done without the GIL.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kernel.hpp"

namespace nb = nanobind;
using namespace glassnet;

namespace {

using Array = nb::ndarray<nb::ro, nb::device::cpu>;
using Writable = nb::ndarray<nb::device::cpu>;
using Doubles = nb::ndarray<double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Constants = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Wholes = nb::ndarray<int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Indices = nb::ndarray<const int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

std::vector<std::string> supported() {
    std::vector<std::string> found;
#if defined(GLASSNET_HAVE_X86)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back("avx2");
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        found.push_back("avx512");
#elif defined(GLASSNET_HAVE_NEON)
    found.push_back("neon");
#endif
    return found;
}

Number number_of(nb::dlpack::dtype type) {
    const bool is_float = type.code == uint8_t(nb::dlpack::dtype_code::Float);
    const bool is_signed = type.code == uint8_t(nb::dlpack::dtype_code::Int);
    const bool is_unsigned = type.code == uint8_t(nb::dlpack::dtype_code::UInt) ||
                             type.code == uint8_t(nb::dlpack::dtype_code::Bool);
    if (is_float && type.bits == 32) return Number::f32;
    if (is_float && type.bits == 64) return Number::f64;
    if (is_signed || is_unsigned) switch (type.bits) {
        case 8: return is_signed ? Number::i8 : Number::u8;
        case 16: return is_signed ? Number::i16 : Number::u16;
        case 32: return is_signed ? Number::i32 : Number::u32;
        case 64: return is_signed ? Number::i64 : Number::u64;
    }
    throw nb::type_error("samples of this dtype are not taken");
}

// (n, …) with the axes after the first in C order, or one axis of any stride.
Samples samples_of(const Array& x, int64_t inputs) {
    Samples s{};
    const int64_t size = x.itemsize();
    s.x = x.data();
    s.number = number_of(x.dtype());
    s.count = int64_t(x.shape(0));
    s.row_stride = x.stride(0) * size;
    s.column_stride = x.stride(x.ndim() - 1) * size;
    int64_t columns = 1, expected = x.stride(x.ndim() - 1);
    for (size_t axis = x.ndim(); axis-- > 1;) {
        if (x.shape(axis) != 1 && x.stride(axis) != expected)
            throw nb::value_error("the axes of a sample must follow one another in memory");
        expected *= int64_t(x.shape(axis));
        columns *= int64_t(x.shape(axis));
    }
    if (columns == 1) s.column_stride = size;
    if (columns != inputs) throw nb::value_error("the samples have another width than the network");
    return s;
}

using LayerTuple = std::tuple<int, int, double, double, int64_t, int64_t, int64_t, int64_t, int64_t>;
using LossTuple = std::tuple<int, bool, bool, bool, double, double, bool>;
using UpdateTuple = std::tuple<int, double, double, double, double, double, double, double, double>;

class Kernel {
public:
    Kernel(const std::string& isa, bool wide, const std::vector<LayerTuple>& layers, LossTuple loss,
           UpdateTuple update, int64_t inputs, int64_t outputs, int64_t parameters,
           std::optional<Constants> shift, std::optional<Constants> factor, bool scale_wide)
        : wide_(wide), inputs_(inputs), outputs_(outputs), parameters_(parameters) {
        std::vector<Layer> plain;
        for (const auto& [operation, function, slope, rate, place, in, out, weights, biases] : layers)
            plain.push_back({Operation(operation), Function(function), slope, rate, place, in, out, weights, biases});
        count_ = int64_t(plain.size());
        Description d{};
        d.layers = plain.data();
        d.count = count_;
        auto& [kind, on_logits, raw, mean, delta, smoothing, joint] = loss;
        d.loss = {LossKind(kind), on_logits, raw, mean, delta, smoothing, joint};
        auto& [rule, beta1, beta2, epsilon, l1, l2, decay, clip, max_norm] = update;
        d.update = {Rule(rule), beta1, beta2, epsilon, l1, l2, decay, clip, max_norm};
        d.inputs = inputs;
        d.outputs = outputs;
        d.parameters = parameters;
        d.scaled = shift.has_value();
        d.scale_wide = scale_wide;
        if (d.scaled) {
            if (int64_t(shift->size()) != inputs || !factor || int64_t(factor->size()) != inputs)
                throw nb::value_error("shift and factor need a number for each input");
            d.shift = shift->data();
            d.factor = factor->data();
        }
        Runner* made = nullptr;
#if defined(GLASSNET_HAVE_X86)
        if (isa == "avx512") made = avx512::make_runner(d, wide);
        if (isa == "avx2") made = avx2::make_runner(d, wide);
#elif defined(GLASSNET_HAVE_NEON)
        if (isa == "neon") made = neon::make_runner(d, wide);
#endif
        if (!made) throw std::bad_alloc();
        runner_.reset(made);
    }

    nb::tuple run(const Array& x, std::optional<Indices> classes, std::optional<Array> targets,
                  std::optional<Constants> weights, uint64_t seed, int64_t batch_size, int64_t shard_rows,
                  std::optional<Indices> rows, bool shuffled, int64_t steps,
                  const Constants& rates, double seconds, int threads, const Writable& parameters,
                  const std::vector<Writable>& slots, std::tuple<int64_t, int64_t, int64_t, int64_t> counters,
                  const Doubles& losses, const Doubles& data_losses, const Doubles& norms, const Wholes& right,
                  const Doubles& figures) {
        Samples s = samples_of(x, inputs_);
        s.classes = classes ? classes->data() : nullptr;
        if (targets) check(*targets, s.count * outputs_);
        s.targets = targets ? targets->data() : nullptr;
        s.weights = weights ? weights->data() : nullptr;
        if ((classes && int64_t(classes->size()) != s.count) || (weights && int64_t(weights->size()) != s.count) ||
            (!classes && !targets))
            throw nb::value_error("targets or weights of another length than the samples");
        check(parameters, parameters_);
        for (const Writable& slot : slots) check(slot, parameters_);
        for (size_t n : {losses.size(), data_losses.size(), norms.size(), right.size()})
            if (int64_t(n) < steps) throw nb::value_error("too little room for the figures of the steps");
        if (int64_t(figures.size()) < 6 * count_ || batch_size < 1 || shard_rows < 1 || rates.size() == 0 ||
            (rates.size() > 1 && int64_t(rates.size()) < steps) || slots.size() > 2)
            throw nb::value_error("arguments that do not fit one another");
        Run r{seed, batch_size, shard_rows,
              rows ? rows->data() : nullptr, rows ? int64_t(rows->size()) : 0,
              shuffled, steps, rates.data(), rates.size() == 1,
              seconds, threads, losses.data(), data_losses.data(), norms.data(), right.data()};
        auto [updates, step, epoch, batch] = counters;
        Counters c{updates, step, epoch, batch};
        void* slot[2] = {slots.size() > 0 ? slots[0].data() : nullptr, slots.size() > 1 ? slots[1].data() : nullptr};
        Outcome outcome;
        {
            nb::gil_scoped_release release;
            std::lock_guard<std::mutex> lock(busy_);
            outcome = runner_->run(s, r, parameters.data(), slot[0], slot[1], c, (LayerFigures*)figures.data());
        }
        if (outcome.steps < 0) throw std::bad_alloc();
        return nb::make_tuple(outcome.steps, outcome.finite, outcome.rows,
                              nb::make_tuple(c.updates, c.step, c.epoch, c.batch));
    }

    void forward(const Array& x, const Array& parameters, const Writable& outputs, int threads, bool logits) {
        Samples s = samples_of(x, inputs_);
        check(parameters, parameters_);
        check(outputs, s.count * outputs_);
        nb::gil_scoped_release release;
        std::lock_guard<std::mutex> lock(busy_);
        runner_->forward(s, parameters.data(), outputs.data(), threads, logits);
    }

    void optimize(const Array& gradient, const Writable& parameters, const std::vector<Writable>& slots,
                  double rate, int64_t t) {
        check(gradient, parameters_);
        check(parameters, parameters_);
        for (const Writable& slot : slots) check(slot, parameters_);
        void* slot[2] = {slots.size() > 0 ? slots[0].data() : nullptr, slots.size() > 1 ? slots[1].data() : nullptr};
        if (runner_->optimize(gradient.data(), parameters.data(), slot[0], slot[1], rate, t) < 0) throw std::bad_alloc();
    }

private:
    // Numbers of the network's dtype, in C order.
    template <class A> void check(const A& array, int64_t size) const {
        if (int64_t(array.size()) != size || array.itemsize() != (wide_ ? 8u : 4u) ||
            array.dtype().code != uint8_t(nb::dlpack::dtype_code::Float))
            throw nb::value_error("an array of another size or dtype than the network's");
        int64_t expected = 1;
        for (size_t axis = array.ndim(); axis-- > 0;) {
            if (array.shape(axis) != 1 && array.stride(axis) != expected)
                throw nb::value_error("an array that is not in C order");
            expected *= int64_t(array.shape(axis));
        }
    }

    bool wide_;
    int64_t inputs_, outputs_, parameters_, count_ = 0;
    std::unique_ptr<Runner> runner_;
    std::mutex busy_;  // the scratch memory serves one caller at a time
};

}  // namespace

NB_MODULE(_kernel, m) {
    // A network that still stands when Python ends is no fault to tell users of.
    nb::set_leak_warnings(false);
    m.def("supported", &supported, "The instruction sets that this build and this processor have.");
    nb::class_<Kernel>(m, "Kernel")
        .def(nb::init<const std::string&, bool, const std::vector<LayerTuple>&, LossTuple, UpdateTuple, int64_t,
                      int64_t, int64_t, std::optional<Constants>, std::optional<Constants>, bool>(),
             nb::arg("isa"), nb::arg("wide"), nb::arg("layers"), nb::arg("loss"), nb::arg("update"),
             nb::arg("inputs"), nb::arg("outputs"), nb::arg("parameters"), nb::arg("shift").none(),
             nb::arg("factor").none(), nb::arg("scale_wide"))
        .def("run", &Kernel::run, nb::arg("x"), nb::arg("classes").none(), nb::arg("targets").none(),
             nb::arg("weights").none(), nb::arg("seed"), nb::arg("batch_size"), nb::arg("shard_rows"),
             nb::arg("rows").none(), nb::arg("shuffled"), nb::arg("steps"),
             nb::arg("rates"), nb::arg("seconds"), nb::arg("threads"), nb::arg("parameters"), nb::arg("slots"),
             nb::arg("counters"), nb::arg("losses"), nb::arg("data_losses"), nb::arg("norms"), nb::arg("right"),
             nb::arg("figures"))
        .def("forward", &Kernel::forward, nb::arg("x"), nb::arg("parameters"), nb::arg("outputs"), nb::arg("threads"),
             nb::arg("logits"))
        .def("optimize", &Kernel::optimize, nb::arg("gradient"), nb::arg("parameters"), nb::arg("slots"),
             nb::arg("rate"), nb::arg("t"));
}
