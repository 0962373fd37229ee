// Runs: memory, the order of the passes, and one step after the other by all threads in step.
//
// What threads share out are rows and pieces of the parameters, never a sum; so the bits are the same
// for any number of them.
#pragma once

#include "figures.hpp"
#include "gradient.hpp"
#include "predictions.hpp"
#include "updates.hpp"

namespace glassnet::GLASSNET_ISA {

template <class T> bool Engine<T>::reserve(int threads) {
    const int64_t most = run_->batch_size < run_->shard_rows ? run_->batch_size : run_->shard_rows;
    block_rows_ = BLOCK_ROWS;
    if (is_narrow<T>(p_.layers[0].outputs)) {  // its samples stay in the cache until their gradient
        int64_t some = NARROW_BLOCK_BYTES / (p_.d.inputs * int64_t(sizeof(T)));
        if (some < 32) some = 32;
        const int64_t blocks = (most + some - 1) / some;
        some = ((most + blocks - 1) / blocks + 3) / 4 * 4;  // equal, so that the next is as long as the last
        if (some < block_rows_) block_rows_ = some;
    }
    const int64_t rows = most < block_rows_ ? most : block_rows_;
    const bool several = run_->batch_size > run_->shard_rows;
    bool enough = p_.ok && parameters_.reserve(p_.size) && gradient_.reserve(p_.size) &&
                  transposed_.reserve(p_.transposed_size + 1) && norms_.reserve(p_.piece_count) &&
                  penalties_.reserve(p_.piece_count) && updates_.reserve(p_.piece_count) &&
                  owner_.reserve(p_.piece_count) && shared_.memory.reserve(p_, rows) &&
                  (!several || shared_.gradient.reserve(p_.size));
    for (int i = 0; i < threads; i++) enough = enough && own_[i].piece.reserve(PIECE_ROWS * PIECE_PANELS * L);
    if (enough && threads > 1 && may_share_columns(rows))
        for (int i = 0; i < threads; i++) {
            const Matrix<T>& input = shared_.memory.block.input;
            enough = enough && own_[i].input.reserve(input.panels() * input.panel);
        }
    const int64_t batch = run_->batch_size < pass_rows_ ? run_->batch_size : pass_rows_;
    const int64_t shards = (batch + run_->shard_rows - 1) / run_->shard_rows;
    const int64_t most_each = SHARDS_BYTES / ((p_.size + 1) * int64_t(sizeof(T)));
    shards_each_ = (shards + threads - 1) / threads;
    if (shards_each_ > most_each) shards_each_ = most_each > 1 ? most_each : 1;
    enough = enough && shard_losses_.reserve(shards_each_ * threads) && shard_right_.reserve(shards_each_ * threads);
    if (several && threads > 1)
        for (int i = 0; i < threads; i++)
            enough = enough && own_[i].memory.reserve(p_, rows) && own_[i].gradient.reserve(p_.size * shards_each_);
    return enough;
}

// The order of the pass under way, unless it's the one that stands there.
template <class T> void Engine<T>::draw_order() {
    if (!run_->shuffled) return;
    if (order_seed_ == run_->seed && order_epoch_ == counters_->epoch && order_count_ == pass_rows_)
        return;
    permutation(run_->seed, counters_->epoch, pass_rows_, order_.get(), words_.get(), sorted_.get(), starts_.get(),
                order_bits());
    if (run_->rows)
        for (int64_t i = 0; i < pass_rows_; i++) order_[i] = run_->rows[order_[i]];
    order_seed_ = run_->seed;
    order_epoch_ = run_->rows ? -1 : counters_->epoch;  // the rows may be others the next time
    order_count_ = pass_rows_;
}

template <class T> void Engine<T>::next_batch() {
    const int64_t begin = counters_->batch * run_->batch_size;
    int64_t rows = pass_rows_ - begin;
    if (rows > run_->batch_size) rows = run_->batch_size;
    const int64_t* order = run_->shuffled ? order_.get() : run_->rows;
    batch_.order = order ? order + begin : nullptr;
    batch_.begin = begin;
    batch_.rows = rows;
    batch_.rate = run_->rates[run_->constant_rate ? 0 : made_];
    const double now = seconds_now();
    batch_.last = made_ + 1 >= run_->steps || now >= deadline_ || held_up(now);
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
    began_ = seconds_now();
    deadline_ = began_ + run.seconds;
    int threads = run.threads < MOST_THREADS ? run.threads : MOST_THREADS;
    const int64_t rows = run.batch_size < pass_rows_ ? run.batch_size : pass_rows_;
    if (double(rows) * double(p_.work) < 5e5) threads = 1;  // some 20 µs: not worth a hand-over
    threads = moderation_.allowed(threads, began_);
    threads_ = 1;
    bool enough = reserve(threads);
    if (run.shuffled)
        enough = enough && order_.reserve(pass_rows_) && words_.reserve(pass_rows_) &&
                 sorted_.reserve(pass_rows_) && starts_.reserve((int64_t(1) << order_bits()) + 2);
    void* slots[2] = {slot0, slot1};
    slot_count_ = slot1 ? 2 : slot0 ? 1 : 0;
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
    const double now = seconds_now();
    moderation_.learn(threads_, now - began_, now);
    p_.export_(parameters_.get(), (T*)parameters);
    for (int k = 0; k < 2; k++)
        if (slots[k]) p_.export_(slots_[k].get(), (T*)slots[k]);
    return outcome_;
}

template <class T> void Engine<T>::all_steps(int me, int threads) {
    if (me == 0) {  // as many as came, which may be fewer than were asked for
        const int64_t rows = run_->batch_size < run_->shard_rows ? run_->batch_size : run_->shard_rows;
        threads_ = threads;
        share_out(threads, rows < block_rows_ ? rows : block_rows_);
    }
    Team::barrier(threads);
    for (;;) {
        step(me, threads);
        Team::barrier(threads);
        if (me == 0) end_step();
        Team::barrier(threads);
        if (stop_) return;
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
        each_piece(me, [&](int64_t i) { finish_piece(i, s, part_of(gradient_.get(), p_.pieces[i]), false); });
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
    each_piece(me, [&](int64_t i) {
        if (shorter != 1)
            each_run(p_.pieces[i], [&](int64_t begin, int64_t lines, int64_t) {
                T* g = gradient_.get() + begin;
                for (int64_t k = 0; k < lines * L; k += L) (Line<T>::load(g + k) * shorter).store(g + k);
            });
        update_piece(i, s, part_of(gradient_.get(), p_.pieces[i]));
    });
    if (p_.d.update.max_norm > 0) project(me, threads);
}

}  // namespace glassnet::GLASSNET_ISA
