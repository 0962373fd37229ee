// A batch's gradient: cut into shards and blocks of rows, shared out among threads, added in order.
#pragma once

#include "engine.hpp"

namespace glassnet::GLASSNET_ISA {

template <class T>
bool Engine<T>::block_rows(Scratch& s, int64_t first, int64_t rows, int64_t begin, int64_t end) {
    Targets<T> t{samples_, batch_.order ? batch_.order + first : nullptr, batch_.begin + first, share(),
                 s.block.losses.get(), s.block.right.get()};
    (void)rows;
    if (begin >= end) return true;
    return rows_through(p_, weights(), t, s.block, run_->seed, counters_->step, first, begin, end);
}

template <class T> void Engine<T>::add_losses(const Block<T>& b, int64_t rows) {
    for (int64_t r = 0; r < rows; r++) {
        shard_losses_[0] += b.losses[r];
        right_ += b.right[r];
    }
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
                if (first == from) shard_losses_[0] = 0;
                add_losses(shared_.block, rows);
                if (first + rows == to) loss_ += shard_losses_[0];
                if (batch_.last && to == batch_.rows) count_outputs(shared_.block, rows, first == from);
            }
            const bool shard_done = first + rows == to, all_done = to == batch_.rows && shard_done;
            bool update = finish_here && all_done;
            if (update)
                for (int i = 0; i < threads; i++) update = update && flags_[i].tame;
            // A gradient that is used at once stays in the thread's cache, a piece at a time.
            T* own = update && rows == batch_.rows ? own_[me].piece.get() : nullptr;
            each_piece(me, threads, [&](int64_t i) {
                const Piece& piece = p_.pieces[i];
                Part<T> part = part_of(gradient, piece);
                if (own && !piece.bias) part = {own, (piece.end - piece.begin) * L};
                piece_gradient(p_, shared_.block, piece, rows, first > from, part);
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
                piece_gradient(p_, own.block, p_.pieces[i], rows, first > from,
                               part_of(own.gradient.get(), p_.pieces[i]));
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
                each_run(p_.pieces[k], [&](int64_t at, int64_t lines, int64_t) {
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

}  // namespace glassnet::GLASSNET_ISA
