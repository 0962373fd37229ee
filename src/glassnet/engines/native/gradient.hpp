// A batch's gradient: cut into shards and blocks of rows, shared out among threads, added in order.
#pragma once

#include "engine.hpp"

namespace glassnet::GLASSNET_ISA {

// Whether the first layer's panels are worth sharing out: more weights than numbers of the batch.
template <class T> bool Engine<T>::may_share_columns(int64_t rows) const {
    const Layer& layer = p_.layers[0];
    return p_.first_trained == 0 && layer.operation == Operation::dense && rows <= 2 * layer.outputs;
}

// Which thread works on which piece: contiguous parts of about equal cost, so that a thread finds
// in its cache what it wrote the step before. Where the first layer's panels divide well, its
// pieces belong to the threads that also compute these columns forward: then each weight of it stays
// in one core's cache, and what each thread copies is the batch.
template <class T> void Engine<T>::share_out(int threads, int64_t rows) {
    by_columns_ = threads > 1 && may_share_columns(rows);
    int64_t panels = by_columns_ ? p_.places[0].panels : 0, widest = 0;
    for (int i = 0; i < threads; i++) own_[i].first = own_[i].last = 0;
    auto part = [&](int64_t first, int64_t last, int64_t total) { return int((first + last) * threads / (2 * total)); };
    for (int64_t i = 0; by_columns_ && i < p_.piece_count; i++) {
        const Piece& piece = p_.pieces[i];
        if (piece.layer != 0 || piece.bias || piece.begin != 0) continue;
        Scratch& own = own_[part(piece.first, piece.last, panels)];
        if (own.last == 0) own.first = piece.first;
        own.last = piece.last;
        if (own.last - own.first > widest) widest = own.last - own.first;
    }
    if (10 * widest * threads > 11 * panels) by_columns_ = false;
    int64_t total = 0, before = 0;
    auto mine = [&](const Piece& piece) { return by_columns_ && piece.layer == 0 && !piece.bias; };
    for (int64_t i = 0; i < p_.piece_count; i++)
        if (!mine(p_.pieces[i])) total += p_.pieces[i].cost;
    for (int64_t i = 0; i < p_.piece_count; i++) {
        const Piece& piece = p_.pieces[i];
        if (mine(piece)) {
            owner_[i] = part(piece.first, piece.last, panels);
        } else {
            owner_[i] = part(before, before + piece.cost, total);
            before += piece.cost;
        }
    }
}

template <class T> Targets<T> Engine<T>::targets(const Block<T>& b, int64_t first) const {
    return {samples_, batch_.order ? batch_.order + first : nullptr, batch_.begin + first, share(), b.losses, b.right};
}

// What this thread reads of the next batch, while it works on this one's gradient.
template <class T> Ahead Engine<T>::next_rows(int me, int threads) {
    Ahead a;
    const int64_t left = pass_rows_ - counters_->batch * run_->batch_size - batch_.rows;
    a.rows = left < run_->batch_size ? left : run_->batch_size;
    if (a.rows > block_rows_) a.rows = block_rows_;
    a.row_bytes = samples_->column_stride * p_.d.inputs;
    if (!batch_.order || a.rows <= 0 || samples_->count * a.row_bytes < 1 << 22) return {};
    a.table = (const char*)samples_->x;
    a.order = batch_.order + batch_.rows;
    a.row_stride = samples_->row_stride;
    int64_t tiles = 0;
    for (int64_t i = 0; i < p_.piece_count; i++)
        if (owner_[i] == me && !p_.pieces[i].bias)
            tiles += (p_.pieces[i].end - p_.pieces[i].begin + TILE_ROWS - 1) / TILE_ROWS;
    if (tiles == 0) return {};
    int64_t rows = a.rows;
    if (by_columns_) {
        a.by = threads;
        a.row = me;
        rows /= threads;
    } else {
        a.by = 1;
        const int64_t groups = (a.rows + 7) / 8;
        a.row = groups * me / threads * 8;
        int64_t end = groups * (me + 1) / threads * 8;
        if (end < a.rows) a.rows = end;
        rows = a.rows - a.row;
    }
    a.at_once = rows * (a.row_bytes / 64 + 1) / tiles + 1;
    return a;
}

// The parameters of a piece and their slots, where all together are too many for the cache.
template <class T> void Engine<T>::ask_for(const Piece& piece, Ahead& ahead) {
    ahead.run_count = 0;
    const int64_t bytes = p_.size * int64_t(sizeof(T)) * (1 + (has_slot(0) ? 1 : 0) + (has_slot(1) ? 1 : 0));
    if (piece.bias || bytes < threads_ * CACHE_BYTES) return;
    const int64_t tiles = (piece.end - piece.begin + TILE_ROWS - 1) / TILE_ROWS *
                          ((piece.last - piece.first + TILE_LINES - 1) / TILE_LINES);
    ahead.run_bytes = (piece.end - piece.begin) * LINE_BYTES;
    ahead.run_byte = 0;
    each_run(piece, [&](int64_t begin, int64_t, int64_t) {
        for (int k = 1; k >= 0; k--)
            if (has_slot(k)) ahead.runs[ahead.run_count++] = (const char*)(slots_[k].get() + begin);
        ahead.runs[ahead.run_count++] = (const char*)(parameters_.get() + begin);
    });
    ahead.run_at_once = ahead.run_count * (piece.end - piece.begin) / tiles + 1;
}

// Whether the first layer may read the samples where they are: a narrow one reads them but twice.
template <class T> bool Engine<T>::reads_samples() const {
    const Samples& s = *samples_;
    return !batch_.order && p_.first_trained == 0 && p_.layers[0].operation == Operation::dense &&
           is_narrow<T>(p_.layers[0].outputs) && !p_.d.scaled &&
           s.number == (sizeof(T) == 4 ? Number::f32 : Number::f64) && s.column_stride == int64_t(sizeof(T)) &&
           s.row_stride % int64_t(sizeof(T)) == 0 &&
           uint64_t(s.x) % sizeof(T) == 0 && s.row_stride != LINE_BYTES;
}

// The samples from `first` of the batch on, as they lie.
template <class T> Matrix<T> Engine<T>::samples_from(int64_t first) const {
    const int64_t row = samples_->row_stride / int64_t(sizeof(T));
    return {(T*)samples_->x + (batch_.begin + first) * row, p_.d.inputs, row, L};
}

// Rows begin … end of the block that starts at the batch's row `first`, forward and back.
template <class T>
bool Engine<T>::block_rows(const Block<T>& b, int64_t first, int64_t begin, int64_t end) {
    if (begin >= end) return true;
    const Targets<T> t = targets(b, first);
    const bool tame = b.input.row != L || gather(p_.d, *samples_, t.order, t.first, b.input, begin, end);
    return rows_through(p_, weights(), t, b, run_->seed, counters_->step, first, begin, end, 0) && tame;
}

// The same, the first layer's columns shared out instead of its rows.
template <class T>
bool Engine<T>::block_by_columns(Scratch& own, const Block<T>& b, int64_t first, int64_t rows, int64_t begin,
                                 int64_t end, int threads) {
    const Targets<T> t = targets(b, first);
    const bool tame = gather(p_.d, *samples_, t.order, t.first, b.input, 0, rows);
    dense(p_, weights(), b, 0, 0, rows, own.first, own.last);
    Team::barrier(threads);
    if (begin >= end) return tame;
    return rows_through(p_, weights(), t, b, run_->seed, counters_->step, first, begin, end, 1) && tame;
}

template <class T> void Engine<T>::add_losses(const Block<T>& b, int64_t rows) {
    double loss = shard_losses_[0];
    int64_t right = right_;
    for (int64_t r = 0; r < rows; r++) {
        loss += b.losses[r];
        right += b.right[r];
    }
    shard_losses_[0] = loss;
    right_ = right;
}

// All threads on one block after the other: rows, then pieces.
template <class T> void Engine<T>::shards_together(int me, int threads, bool finish_here) {
    const Step<T> s(p_.d.update, batch_.rate, counters_->updates + 1);
    const int64_t shard = run_->shard_rows;
    Block<T> b = shared_.memory.block;
    if (by_columns_) b.input.data = own_[me].input.get();
    Ahead ahead = next_rows(me, threads);
    for (int64_t from = 0; from < batch_.rows; from += shard) {
        const int64_t to = from + shard < batch_.rows ? from + shard : batch_.rows;
        T* gradient = from ? shared_.gradient.get() : gradient_.get();
        for (int64_t first = from; first < to; first += block_rows_) {
            const int64_t rows = to - first < block_rows_ ? to - first : block_rows_;
            const int64_t groups = (rows + 7) / 8;  // whole tiles of rows for each thread
            int64_t begin = groups * me / threads * 8, end = groups * (me + 1) / threads * 8;
            if (end > rows) end = rows;
            const bool tame = by_columns_ ? block_by_columns(own_[me], b, first, rows, begin, end, threads)
                                          : block_rows(b, first, begin, end);
            flags_[me].tame = flags_[me].tame && tame;
            Team::barrier(threads);
            if (me == 0) {
                if (first == from) shard_losses_[0] = 0;
                add_losses(b, rows);
                if (first + rows == to) loss_ += shard_losses_[0];
                if (batch_.last && to == batch_.rows) count_outputs(b, rows, first == from);
            }
            const bool shard_done = first + rows == to, all_done = to == batch_.rows && shard_done;
            bool update = finish_here && all_done;
            if (update)
                for (int i = 0; i < threads; i++) update = update && flags_[i].tame;
            // A gradient that is used at once stays in the thread's cache, a piece at a time.
            T* own = update && rows == batch_.rows ? own_[me].piece.get() : nullptr;
            each_piece(me, [&](int64_t i) {
                const Piece& piece = p_.pieces[i];
                Part<T> part = part_of(gradient, piece);
                if (update) ask_for(piece, ahead);
                if (own && !piece.bias) part = {own, (piece.end - piece.begin) * L};
                piece_gradient(p_, b, piece, rows, first > from, shard_done, part,
                               first + rows == batch_.rows ? &ahead : nullptr);
                if (shard_done && from)
                    each_run(piece, [&](int64_t at, int64_t lines, int64_t) {
                        T *sum = gradient_.get() + at, *more = gradient + at;
                        for (int64_t k = 0; k < lines * L; k += L)
                            (Line<T>::load(sum + k) + Line<T>::load(more + k)).store(sum + k);
                    });
                if (all_done) finish_piece(i, s, from ? part_of(gradient_.get(), piece) : part, update);
            });
            if (!all_done) Team::barrier(threads);
        }
    }
}

// Each thread on neighbouring shards, as they are read on and on; then all shards' gradients are added in
// their order.
template <class T> void Engine<T>::shards_apart(int me, int threads) {
    const int64_t shard = run_->shard_rows, shards = (batch_.rows + shard - 1) / shard;
    Scratch& own = own_[me];
    Block<T> b = own.memory.block;
    const bool direct = reads_samples();
    for (int64_t wave = 0; wave < shards; wave += shards_each_ * threads) {
        const int64_t next = wave + shards_each_ * threads, last = next < shards ? next : shards;
        // Thread t has the shards from first_of(t) to first_of(t + 1); the last one, which may be short, comes
        // on top where they don't divide.
        auto first_of = [&](int64_t t) { return wave + (last - wave) * t / threads; };
        for (int64_t i = first_of(me); i < first_of(me + 1); i++) {
            T* gradient = own.gradient.get() + (i - first_of(me)) * p_.size;
            const int64_t from = i * shard, to = from + shard < batch_.rows ? from + shard : batch_.rows;
            double loss = 0;
            int64_t right = 0;
            for (int64_t first = from; first < to; first += block_rows_) {
                const int64_t rows = to - first < block_rows_ ? to - first : block_rows_;
                if (direct) b.input = samples_from(first);
                block_rows(b, first, 0, rows);
                for (int64_t k = 0; k < p_.piece_count; k++)
                    piece_gradient(p_, b, p_.pieces[k], rows, first > from, first + rows == to,
                                   part_of(gradient, p_.pieces[k]), nullptr);
                for (int64_t r = 0; r < rows; r++) {
                    loss += b.losses[r];
                    right += b.right[r];
                }
                if (batch_.last && to == batch_.rows) count_outputs(b, rows, first == from);
            }
            shard_losses_[i - wave] = loss;
            shard_right_[i - wave] = right;
        }
        Team::barrier(threads);
        for (int64_t i = wave, owner = 0; i < last; i++) {
            if (me == 0) {
                loss_ += shard_losses_[i - wave];
                right_ += shard_right_[i - wave];
            }
            while (i >= first_of(owner + 1)) owner++;
            const T* gradient = own_[owner].gradient.get() + (i - first_of(owner)) * p_.size;
            each_piece(me, [&](int64_t k) {
                each_run(p_.pieces[k], [&](int64_t at, int64_t lines, int64_t) {
                    T* sum = gradient_.get() + at;
                    const T* more = gradient + at;
                    for (int64_t e = 0; e < lines * L; e += L) {
                        Line<T> line = Line<T>::load(more + e);
                        (i == 0 ? line : Line<T>::load(sum + e) + line).store(sum + e);
                    }
                });
            });
        }
        Team::barrier(threads);
    }
}

}  // namespace glassnet::GLASSNET_ISA
