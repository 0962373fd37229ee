// Steps: batches drawn, cut into shards and blocks, shared out among threads; the gradient's sum over
// shards; the update. What threads share out are rows and pieces of the parameters, never a sum.
#pragma once

#include <ctime>

#include "optimizers.hpp"
#include "passes.hpp"
#include "team.hpp"

namespace glassnet::GLASSNET_ISA {

constexpr double THRESHOLD_MARGIN = 1e-6, SATURATED = 0.05;
constexpr int MOST_THREADS = 64;

inline double seconds_now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

template <class T> class Engine final : public Runner {
    static constexpr int L = LANES<T>;

public:
    explicit Engine(const Description& d) : p_(d) {}
    bool ok() const { return p_.ok; }

    Outcome run(const Samples& samples, const Run& run, void* parameters, void* slot0, void* slot1,
                Counters& counters, LayerFigures* figures) override;
    void forward(const Samples& samples, const void* parameters, void* outputs, int threads, bool logits) override;
    int64_t optimize(const void* gradient, void* parameters, void* slot0, void* slot1, double rate,
                     int64_t t) override;

private:
    struct Batch {
        const int64_t* order;
        int64_t rows;
        double rate;
        bool last;
    };
    struct Scratch {
        Block<T> block;
        Buffer<T> gradient;  // a shard's, where a batch has several
    };
    struct Flag {  // one a thread, each in a cache line of its own
        bool tame;
        char rest[63];
    };

    Program<T> p_;
    Buffer<T> parameters_, slots_[2], transposed_, gradient_;
    Buffer<double> norms_, penalties_, updates_;  // by piece
    Scratch shared_, own_[MOST_THREADS];
    Flag flags_[MOST_THREADS];
    Buffer<int64_t> order_, starts_, drawn_;
    Buffer<uint64_t> words_, sorted_;
    uint64_t order_seed_ = 0;
    int64_t order_epoch_ = -1, order_count_ = -1;
    const int64_t* order_rows_ = nullptr;

    // Of the run under way, written by thread 0 between barriers.
    const Samples* samples_;
    const Run* run_;
    Counters* counters_;
    LayerFigures* figures_;
    Outcome outcome_;
    Batch batch_;
    int64_t made_, pass_rows_, batches_;
    double deadline_, loss_, norm_;
    int64_t right_;
    bool stop_, measured_ = false;
    double shard_losses_[MOST_THREADS];
    int64_t shard_right_[MOST_THREADS];

    Weights<T> weights() const { return {parameters_.get(), transposed_.get()}; }
    bool fused() const {
        const Update& u = p_.d.update;
        return u.clip == 0 && u.max_norm == 0 && u.l1 <= 1 && u.l2 <= 1;
    }
    bool reserve(int threads);
    void draw_order();
    int order_bits() const {  // so that a bucket holds about two words
        int bits = 0;
        while (bits < 20 && (int64_t(1) << (bits + 1)) < pass_rows_) bits++;
        return bits;
    }
    void next_batch();
    void all_steps(int me, int threads);
    void step(int me, int threads);
    void shards_apart(int me, int threads);
    void shards_together(int me, int threads, bool finish_here);
    bool block_rows(Scratch& s, int64_t first, int64_t rows, int64_t begin, int64_t end);
    void add_losses(const Block<T>& b, int64_t rows);
    void count_outputs(const Block<T>& b, int64_t rows, bool anew);
    void finish_piece(int64_t i, const Step<T>& s, bool update);
    void update_piece(int64_t i, const Step<T>& s);
    void measure();
    double wide_norm() const;
    void project(int me, int threads);
    void end_step();
    double share() const { return p_.d.loss.mean ? 1.0 / double(batch_.rows) : 1.0; }

    // Piece i belongs to this thread: contiguous parts of about equal cost, so that a thread
    // finds in its cache what it wrote the step before.
    template <class F> void each_piece(int me, int threads, F f) {
        int64_t total = 0, before = 0;
        for (int64_t i = 0; i < p_.piece_count; i++) total += p_.pieces[i].cost;
        for (int64_t i = 0; i < p_.piece_count; i++) {
            int64_t middle = before + p_.pieces[i].cost / 2;
            before += p_.pieces[i].cost;
            if (threads == 1 || middle * threads / total == me) f(i);
        }
    }
    template <class F> void each_run(const Piece& piece, F f) {  // f(begin in the vector, Lines)
        const Place& place = p_.places[piece.layer];
        if (piece.bias) return f(place.biases, place.panels);
        const int64_t inputs = p_.layers[piece.layer].inputs;
        for (int64_t j = piece.first; j < piece.last; j++)
            f(place.weights + (j * inputs + piece.begin) * L, piece.end - piece.begin);
    }
    T* slot(int k, int64_t begin) const { return slots_[k].get() ? slots_[k].get() + begin : parameters_.get() + begin; }
};

template <class T> bool Engine<T>::reserve(int threads) {
    const int64_t most = run_->batch_size < run_->shard_rows ? run_->batch_size : run_->shard_rows;
    const int64_t rows = most < BLOCK_ROWS ? most : BLOCK_ROWS;
    const bool several = run_->batch_size > run_->shard_rows;
    bool enough = p_.ok && parameters_.reserve(p_.size) && gradient_.reserve(p_.size) &&
                  transposed_.reserve(p_.transposed_size + 1) && norms_.reserve(p_.piece_count) &&
                  penalties_.reserve(p_.piece_count) && updates_.reserve(p_.piece_count) &&
                  shared_.block.reserve(p_, rows) && (!several || shared_.gradient.reserve(p_.size));
    if (several && threads > 1)
        for (int i = 0; i < threads; i++)
            enough = enough && own_[i].block.reserve(p_, rows) && own_[i].gradient.reserve(p_.size);
    return enough;
}

// The order of the pass under way, unless it's the one that stands there.
template <class T> void Engine<T>::draw_order() {
    if (run_->order || !run_->shuffled) return;
    if (order_seed_ == run_->seed && order_epoch_ == counters_->epoch && order_count_ == pass_rows_ &&
        order_rows_ == run_->rows)
        return;
    permutation(run_->seed, counters_->epoch, pass_rows_, order_.get(), words_.get(), sorted_.get(), starts_.get(),
                order_bits());
    if (run_->rows)
        for (int64_t i = 0; i < pass_rows_; i++) order_[i] = run_->rows[order_[i]];
    order_seed_ = run_->seed;
    order_epoch_ = counters_->epoch;
    order_count_ = pass_rows_;
    order_rows_ = run_->rows;
}

template <class T> void Engine<T>::next_batch() {
    const int64_t begin = counters_->batch * run_->batch_size;
    int64_t rows = pass_rows_ - begin;
    if (rows > run_->batch_size) rows = run_->batch_size;
    const int64_t* order = run_->order ? run_->order : run_->shuffled ? order_.get() : run_->rows;
    batch_.order = order ? order + begin : nullptr;
    batch_.rows = rows;
    batch_.rate = run_->rates[run_->constant_rate ? 0 : made_];
    batch_.last = made_ + 1 >= run_->steps || seconds_now() >= deadline_;
    loss_ = 0;
    right_ = 0;
}

template <class T>
Outcome Engine<T>::run(const Samples& samples, const Run& run, void* parameters, void* slot0, void* slot1,
                       Counters& counters, LayerFigures* figures) {
    samples_ = &samples;
    run_ = &run;
    counters_ = &counters;
    figures_ = figures;
    outcome_ = {0, true, 0};
    pass_rows_ = run.rows ? run.rows_count : samples.count;
    batches_ = (pass_rows_ + run.batch_size - 1) / run.batch_size;
    made_ = 0;
    stop_ = run.steps <= 0 || pass_rows_ == 0;
    deadline_ = seconds_now() + run.seconds;
    int threads = run.threads < MOST_THREADS ? run.threads : MOST_THREADS;
    const int64_t rows = run.batch_size < pass_rows_ ? run.batch_size : pass_rows_;
    if (double(rows) * double(p_.work) < 5e5) threads = 1;  // some 20 µs: not worth a hand-over
    bool enough = reserve(threads);
    if (run.shuffled && !run.order)
        enough = enough && order_.reserve(pass_rows_) && words_.reserve(pass_rows_) &&
                 sorted_.reserve(pass_rows_) && starts_.reserve((int64_t(1) << order_bits()) + 2);
    void* slots[2] = {slot0, slot1};
    for (int k = 0; k < 2; k++) enough = enough && (!slots[k] || slots_[k].reserve(p_.size));
    if (!enough) {
        outcome_.steps = -1;  // out of memory, nothing changed
        return outcome_;
    }
    if (stop_) return outcome_;
    p_.import((const T*)parameters, parameters_.get());
    for (int k = 0; k < 2; k++)
        if (slots[k]) p_.import((const T*)slots[k], slots_[k].get());
    for (int64_t i = 0; i < p_.piece_count; i++) transpose_piece(p_, weights(), p_.pieces[i]);
    draw_order();
    next_batch();
    Team::run(threads, [](void* self, int me, int count) { ((Engine*)self)->all_steps(me, count); }, this);
    p_.export_(parameters_.get(), (T*)parameters);
    for (int k = 0; k < 2; k++)
        if (slots[k]) p_.export_(slots_[k].get(), (T*)slots[k]);
    return outcome_;
}

template <class T> void Engine<T>::all_steps(int me, int threads) {
    for (;;) {
        step(me, threads);
        Team::barrier(threads);
        if (me == 0) end_step();
        Team::barrier(threads);
        if (stop_) return;
    }
}

template <class T>
bool Engine<T>::block_rows(Scratch& s, int64_t first, int64_t rows, int64_t begin, int64_t end) {
    Targets<T> t{samples_, batch_.order ? batch_.order + first : nullptr, first, share(),
                 s.block.losses.get(), s.block.right.get()};
    (void)rows;
    if (begin >= end) return true;
    return rows_through(p_, weights(), t, s.block, run_->seed, counters_->step, first, begin, end);
}

template <class T> void Engine<T>::add_losses(const Block<T>& b, int64_t rows) {
    for (int64_t r = 0; r < rows; r++) {
        loss_ += b.losses[r];
        right_ += b.right[r];
    }
}

// One step: the batch's gradient, then the update, unless something is not finite.
template <class T> void Engine<T>::step(int me, int threads) {
    const Step<T> s(p_.d.update, batch_.rate, counters_->updates + 1);
    flags_[me].tame = true;
    const int64_t shards = (batch_.rows + run_->shard_rows - 1) / run_->shard_rows;
    if (threads > 1 && shards >= 2) shards_apart(me, threads);
    else shards_together(me, threads, fused());
    if (threads > 1 && shards >= 2) {
        each_piece(me, threads, [&](int64_t i) { finish_piece(i, s, false); });
    } else {
        bool tame = fused();
        for (int i = 0; i < threads; i++) tame = tame && flags_[i].tame;
        if (tame) return;  // done, piece by piece, as the gradient left the registers
    }
    Team::barrier(threads);
    if (me == 0) {
        measure();
        measured_ = true;
        outcome_.finite = __builtin_isfinite(loss_) && __builtin_isfinite(norm_);
    }
    Team::barrier(threads);
    if (!outcome_.finite) return;
    const T shorter = p_.d.update.clip > 0 && norm_ > p_.d.update.clip ? T(p_.d.update.clip / norm_) : T(1);
    each_piece(me, threads, [&](int64_t i) {
        if (shorter != 1)
            each_run(p_.pieces[i], [&](int64_t begin, int64_t lines) {
                T* g = gradient_.get() + begin;
                for (int64_t k = 0; k < lines * L; k += L) (Line<T>::load(g + k) * shorter).store(g + k);
            });
        update_piece(i, s);
    });
    if (p_.d.update.max_norm > 0) project(me, threads);
}

// All threads on one block after the other: rows, then pieces.
template <class T> void Engine<T>::shards_together(int me, int threads, bool finish_here) {
    const Step<T> s(p_.d.update, batch_.rate, counters_->updates + 1);
    const int64_t shard = run_->shard_rows;
    for (int64_t from = 0; from < batch_.rows; from += shard) {
        const int64_t to = from + shard < batch_.rows ? from + shard : batch_.rows;
        T* gradient = from ? shared_.gradient.get() : gradient_.get();
        for (int64_t first = from; first < to; first += BLOCK_ROWS) {
            const int64_t rows = to - first < BLOCK_ROWS ? to - first : BLOCK_ROWS;
            const int64_t groups = (rows + 7) / 8;  // whole tiles of rows for each thread
            int64_t begin = groups * me / threads * 8, end = groups * (me + 1) / threads * 8;
            if (end > rows) end = rows;
            flags_[me].tame = block_rows(shared_, first, rows, begin, end) && flags_[me].tame;
            Team::barrier(threads);
            if (me == 0) {
                add_losses(shared_.block, rows);
                if (batch_.last && to == batch_.rows) count_outputs(shared_.block, rows, first == from);
            }
            const bool shard_done = first + rows == to, all_done = to == batch_.rows && shard_done;
            bool update = finish_here && all_done;
            if (update)
                for (int i = 0; i < threads; i++) update = update && flags_[i].tame;
            each_piece(me, threads, [&](int64_t i) {
                piece_gradient(p_, shared_.block, p_.pieces[i], rows, first > from, gradient);
                if (shard_done && from)
                    each_run(p_.pieces[i], [&](int64_t at, int64_t lines) {
                        T *sum = gradient_.get() + at, *more = gradient + at;
                        for (int64_t k = 0; k < lines * L; k += L)
                            (Line<T>::load(sum + k) + Line<T>::load(more + k)).store(sum + k);
                    });
                if (all_done) finish_piece(i, s, update);
            });
            if (!all_done) Team::barrier(threads);
        }
    }
}

// Each thread on a shard of its own; then the shards' gradients are added in their order.
template <class T> void Engine<T>::shards_apart(int me, int threads) {
    const int64_t shard = run_->shard_rows;
    Scratch& own = own_[me];
    for (int64_t wave = 0; wave < batch_.rows; wave += shard * threads) {
        const int64_t from = wave + shard * me;
        const int64_t to = from + shard < batch_.rows ? from + shard : batch_.rows;
        double loss = 0;
        int64_t right = 0;
        const bool last_shard = batch_.last && to == batch_.rows && from < to;
        for (int64_t first = from; first < to; first += BLOCK_ROWS) {
            const int64_t rows = to - first < BLOCK_ROWS ? to - first : BLOCK_ROWS;
            flags_[me].tame = block_rows(own, first, rows, 0, rows) && flags_[me].tame;
            for (int64_t i = 0; i < p_.piece_count; i++)
                piece_gradient(p_, own.block, p_.pieces[i], rows, first > from, own.gradient.get());
            for (int64_t r = 0; r < rows; r++) {
                loss += own.block.losses[r];
                right += own.block.right[r];
            }
            if (last_shard) count_outputs(own.block, rows, first == from);
        }
        shard_losses_[me] = loss;
        shard_right_[me] = right;
        Team::barrier(threads);
        for (int i = 0; i < threads && wave + shard * i < batch_.rows; i++) {
            if (me == 0) {
                loss_ += shard_losses_[i];
                right_ += shard_right_[i];
            }
            const bool begin = wave == 0 && i == 0;
            each_piece(me, threads, [&](int64_t k) {
                each_run(p_.pieces[k], [&](int64_t at, int64_t lines) {
                    T *sum = gradient_.get() + at, *more = own_[i].gradient.get() + at;
                    for (int64_t e = 0; e < lines * L; e += L) {
                        Line<T> line = Line<T>::load(more + e);
                        (begin ? line : Line<T>::load(sum + e) + line).store(sum + e);
                    }
                });
            });
        }
        Team::barrier(threads);
    }
}

// The penalties' part of a piece's gradient, its squared norm, and the update where asked.
template <class T> void Engine<T>::finish_piece(int64_t i, const Step<T>& s, bool update) {
    const Piece& piece = p_.pieces[i];
    const bool penalised = !piece.bias && (s.l1 != 0 || s.l2 != 0);
    double norm = 0, penalty = 0;
    each_run(piece, [&](int64_t begin, int64_t lines) {
        T *g = gradient_.get() + begin, *w = parameters_.get() + begin;
        Line<T> squares = Line<T>::all(0), sizes = squares, weights_squared = squares;
        for (int64_t k = 0; k < lines * L; k += L) {
            Line<T> line = Line<T>::load(g + k);
            if (penalised) {
                Line<T> old = Line<T>::load(w + k);
                line = with_penalty(s, line, old);
                line.store(g + k);
                sizes = sizes + magnitude(old);
                weights_squared = fma(old, old, weights_squared);
            }
            squares = fma(line, line, squares);
        }
        norm += double(sum_lanes(squares));
        if (penalised)
            penalty += p_.d.update.l1 * double(sum_lanes(sizes)) + 0.5 * p_.d.update.l2 * double(sum_lanes(weights_squared));
    });
    norms_[i] = norm;
    penalties_[i] = penalty;
    if (update) update_piece(i, s);
}

template <class T> void Engine<T>::update_piece(int64_t i, const Step<T>& s) {
    const Piece& piece = p_.pieces[i];
    double total = 0;
    each_run(piece, [&](int64_t begin, int64_t lines) {
        total += update_lines(s, gradient_.get() + begin, parameters_.get() + begin, slot(0, begin), slot(1, begin),
                              lines, !piece.bias, batch_.last);
    });
    updates_[i] = total;
    if (p_.layers[piece.layer].operation == Operation::step) {
        T& t = parameters_[p_.places[piece.layer].biases];
        const T low = T(THRESHOLD_MARGIN), high = T(1 - THRESHOLD_MARGIN);
        t = t < low ? low : t > high ? high : t;
    }
    if (p_.d.update.max_norm == 0) transpose_piece(p_, weights(), piece);
}

// The whole gradient's norm and the loss with its penalties.
template <class T> void Engine<T>::measure() {
    double square = 0, penalty = 0;
    for (int64_t i = 0; i < p_.piece_count; i++) {
        square += norms_[i];
        penalty += penalties_[i];
    }
    // Squares that left T's range are added anew in float64.
    norm_ = square > 1e-25 && square < 1e30 ? __builtin_sqrt(square) : wide_norm();
    run_->data_losses[made_] = loss_;
    loss_ += penalty;
    run_->losses[made_] = loss_;
    run_->norms[made_] = norm_;
    run_->right[made_] = right_;
}

template <class T> double Engine<T>::wide_norm() const {
    double square = 0;
    for (int64_t i = 0; i < p_.size; i++) square += double(gradient_[i]) * double(gradient_[i]);
    return __builtin_sqrt(square);
}

// No vector W[:, j] into a unit longer than max_norm.
template <class T> void Engine<T>::project(int me, int threads) {
    Team::barrier(threads);
    int64_t panel = 0;
    const Line<T> most = Line<T>::all(T(p_.d.update.max_norm));
    for (int64_t i = 0; i < p_.d.count; i++) {
        const Place& place = p_.places[i];
        if (place.weights < 0) continue;
        const int64_t inputs = p_.layers[i].inputs;
        for (int64_t j = 0; j < place.panels; j++) {
            if (panel++ % threads != me) continue;
            T* w = parameters_.get() + place.weights + j * inputs * L;
            Line<T> square = Line<T>::all(0);
            for (int64_t r = 0; r < inputs; r++) square = fma(Line<T>::load(w + r * L), Line<T>::load(w + r * L), square);
            Line<T> factor = smaller(most / larger(root(square), Line<T>::all(T(1e-30))), Line<T>::all(1));
            for (int64_t r = 0; r < inputs; r++) (Line<T>::load(w + r * L) * factor).store(w + r * L);
        }
    }
    Team::barrier(threads);
    each_piece(me, threads, [&](int64_t i) { transpose_piece(p_, weights(), p_.pieces[i]); });
}

// Thread 0, after the update: figures, counters, the next batch.
template <class T> void Engine<T>::end_step() {
    if (!measured_) measure();
    measured_ = false;
    outcome_.steps = made_ + 1;
    outcome_.rows = batch_.rows;
    if (!outcome_.finite) {
        stop_ = true;
        return;
    }
    if (batch_.last) {
        for (int64_t i = 0; i < p_.d.count; i++) figures_[i].gradient = figures_[i].update = figures_[i].weights = 0;
        for (int64_t i = 0; i < p_.piece_count; i++) {
            LayerFigures& f = figures_[p_.pieces[i].layer];
            f.update += updates_[i];
            each_run(p_.pieces[i], [&](int64_t begin, int64_t lines) {
                for (int64_t k = begin; k < begin + lines * L; k++) {
                    f.gradient += double(gradient_[k]) * double(gradient_[k]);
                    f.weights += double(parameters_[k]) * double(parameters_[k]);
                }
            });
        }
    }
    made_++;
    counters_->step++;
    counters_->updates++;
    if (++counters_->batch == batches_) {
        counters_->batch = 0;
        counters_->epoch++;
    }
    stop_ = batch_.last;
    if (stop_) return;
    if (counters_->batch == 0) draw_order();
    next_batch();
}

// Each layer's outputs that are 0, or near a limit of their range, at the last step.
template <class T> void Engine<T>::count_outputs(const Block<T>& b, int64_t rows, bool anew) {
    for (int64_t i = 0; i < p_.d.count; i++) {
        const Layer& layer = p_.layers[i];
        LayerFigures& f = figures_[i];
        if (anew) f.zeros = f.saturated = f.outputs = 0;
        const Matrix<T>* y = &b.outputs[i];
        if (i == p_.trained_layers) {  // the loss swallowed this one
            activate(layer.function, b.before(i), b.spare, T(layer.slope), 0, rows);
            y = &b.spare;
        } else if (layer.operation == Operation::step) {
            activate(Function::sigmoid, b.spare, b.spare, T(0), 0, rows);
            y = &b.spare;
        }
        const bool signed_ = layer.operation == Operation::activation && layer.function == Function::tanh;
        const T low = signed_ ? T(-1) : T(0), margin = T(SATURATED) * (signed_ ? T(2) : T(1));
        for (int64_t r = 0; r < rows; r++)
            for (int64_t j = 0; j < y->panels(); j++)
                for (int l = 0; l < y->lanes(j); l++) {
                    const T value = y->at(r, j)[l];
                    f.zeros += value == 0;
                    f.saturated += value < low + margin || value > T(1) - margin;
                }
        f.outputs += double(rows * y->columns);
    }
}

template <class T>
void Engine<T>::forward(const Samples& samples, const void* parameters, void* outputs, int threads, bool logits) {
    struct Job {
        Engine* engine;
        const Samples* samples;
        T* outputs;
        int64_t rows, layers;
    } job{this, &samples, (T*)outputs, 0, p_.d.count - (logits ? 1 : 0)};
    if (samples.count == 0) return;
    if (double(samples.count) * double(p_.work) < 1e6) threads = 1;
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    job.rows = samples.count < BLOCK_ROWS ? samples.count : BLOCK_ROWS;
    if (!parameters_.reserve(p_.size)) return;
    p_.import((const T*)parameters, parameters_.get());
    for (int i = 0; i < threads; i++)
        if (!own_[i].block.reserve(p_, job.rows)) return;
    Team::run(threads, [](void* given, int me, int count) {
        Job& job = *(Job*)given;
        Engine& e = *job.engine;
        const Program<T>& p = e.p_;
        Block<T>& b = e.own_[me].block;
        for (int64_t first = me * job.rows; first < job.samples->count; first += count * job.rows) {
            const int64_t left = job.samples->count - first, rows = left < job.rows ? left : job.rows;
            gather(p.d, *job.samples, nullptr, first, b.input, 0, rows);
            const Matrix<T>* y = &b.input;
            for (int64_t i = 0; i < job.layers; i++) {
                if (p.layers[i].operation == Operation::dropout) {  // off: y = x
                    for (int64_t j = 0; j < b.outputs[i].panels(); j++)
                        std::memcpy(b.outputs[i].at(0, j), b.before(i).at(0, j), size_t(rows) * LINE_BYTES);
                } else {
                    forward_layer(p, e.weights(), b, i, 0, rows);
                }
                y = &b.outputs[i];
            }
            for (int64_t r = 0; r < rows; r++)
                for (int64_t j = 0; j < y->panels(); j++)
                    std::memcpy(job.outputs + (first + r) * y->columns + j * L, y->at(r, j), size_t(y->lanes(j)) * sizeof(T));
        }
    }, &job);
}

// One update from a given gradient, for comparisons of the optimizers alone.
template <class T>
int64_t Engine<T>::optimize(const void* gradient, void* parameters, void* slot0, void* slot1, double rate, int64_t t) {
    void* slots[2] = {slot0, slot1};
    bool enough = parameters_.reserve(p_.size) && gradient_.reserve(p_.size) && updates_.reserve(p_.piece_count) &&
                  transposed_.reserve(p_.transposed_size + 1);
    for (int k = 0; k < 2; k++) enough = enough && (!slots[k] || slots_[k].reserve(p_.size));
    if (!enough) return -1;
    p_.import((const T*)gradient, gradient_.get());
    p_.import((const T*)parameters, parameters_.get());
    for (int k = 0; k < 2; k++)
        if (slots[k]) p_.import((const T*)slots[k], slots_[k].get());
    batch_.last = false;
    const Step<T> s(p_.d.update, rate, t);
    for (int64_t i = 0; i < p_.piece_count; i++) update_piece(i, s);
    if (p_.d.update.max_norm > 0) project(0, 1);
    p_.export_(parameters_.get(), (T*)parameters);
    for (int k = 0; k < 2; k++)
        if (slots[k]) p_.export_(slots_[k].get(), (T*)slots[k]);
    return 0;
}

}  // namespace glassnet::GLASSNET_ISA
