// The engine: a network's program with its memory, and the state of the run under way. Its methods
// are in steps.hpp (runs), gradient.hpp, updates.hpp, figures.hpp and predictions.hpp.
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
        const int64_t* order;  // its rows; null: `begin`, begin + 1, …
        int64_t begin, rows;
        double rate;
        bool last;
    };
    struct Scratch {
        BlockMemory<T> memory;
        Buffer<T> gradient;  // a shard's, where a batch has several
        Buffer<T> piece;
        Buffer<T> input;     // the samples of the block, where each thread has all
        int64_t first, last; // its panels of the first layer, where they are shared out
    };
    struct alignas(64) Flag {  // one a thread, each in a cache line of its own
        bool tame;
    };

    Program<T> p_;
    Buffer<T> parameters_, slots_[2], transposed_, gradient_;
    Buffer<double> norms_, penalties_, updates_;  // by piece
    Scratch shared_, own_[MOST_THREADS];
    Flag flags_[MOST_THREADS];
    Buffer<int> owner_;  // of each piece
    Buffer<int64_t> order_, starts_, drawn_;
    Buffer<uint64_t> words_, sorted_;
    uint64_t order_seed_ = 0;
    int64_t order_epoch_ = -1, order_count_ = -1;

    // Of the run under way, written by thread 0 between barriers.
    const Samples* samples_;
    const Run* run_;
    Counters* counters_;
    LayerFigures* figures_;
    Outcome outcome_;
    Batch batch_;
    int64_t made_, pass_rows_, batches_, block_rows_;
    double deadline_, loss_, norm_;
    int64_t right_;
    bool stop_, measured_ = false, by_columns_;
    Moderation moderation_;
    int threads_, slot_count_;
    double began_;
    int64_t shards_each_ = 1;  // that a thread works on before all are added
    Buffer<double> shard_losses_;
    Buffer<int64_t> shard_right_;

    Weights<T> weights() const { return {parameters_.get(), transposed_.get()}; }
    bool fused() const {
        const Update& u = p_.d.update;
        return u.clip == 0 && u.max_norm == 0 && u.l1 <= 1 && u.l2 <= 1;
    }
    bool reserve(int threads);
    void draw_order();
    int order_bits() const {  // so that a bucket holds about one word
        int bits = 0;
        while (bits < 20 && (int64_t(1) << bits) < pass_rows_) bits++;
        return bits;
    }
    bool held_up(double now) const { return Moderation::held_up(threads_, now - began_); }
    void next_batch();
    void all_steps(int me, int threads);
    void step(int me, int threads);
    void shards_apart(int me, int threads);
    void shards_together(int me, int threads, bool finish_here);
    bool may_share_columns(int64_t rows) const;
    void share_out(int threads, int64_t rows);
    Ahead next_rows(int me, int threads);
    void ask_for(const Piece& piece, Ahead& ahead);
    Targets<T> targets(const Block<T>& b, int64_t first) const;
    bool reads_samples() const;
    Matrix<T> samples_from(int64_t first) const;
    bool block_rows(const Block<T>& b, int64_t first, int64_t begin, int64_t end);
    bool block_by_columns(Scratch& own, const Block<T>& b, int64_t first, int64_t rows, int64_t begin, int64_t end,
                          int threads);
    void add_losses(const Block<T>& b, int64_t rows);
    void count_outputs(const Block<T>& b, int64_t rows, bool anew);
    void finish_piece(int64_t i, const Step<T>& s, Part<T> gradient, bool update);
    void after_update(const Piece& piece);
    void update_piece(int64_t i, const Step<T>& s, Part<T> gradient);
    void measure();
    void project(int me, int threads);
    void end_step();
    double share() const { return p_.d.loss.mean ? 1.0 / double(batch_.rows) : 1.0; }

    template <class F> void each_piece(int me, F f) {
        for (int64_t i = 0; i < p_.piece_count; i++)
            if (owner_[i] == me) f(i);
    }
    // f(where a piece's Lines begin in the vector, how many, the panel within the piece).
    template <class F> void each_run(const Piece& piece, F f) {
        const Place& place = p_.places[piece.layer];
        const int64_t inputs = piece.bias ? 1 : p_.layers[piece.layer].inputs;
        const int64_t from = piece.bias ? place.biases : place.weights;
        for (int64_t j = piece.first; j < piece.last; j++)
            f(from + (j * inputs + piece.begin) * L, piece.end - piece.begin, j - piece.first);
    }
    Part<T> part_of(T* vector, const Piece& piece) const {
        const Place& place = p_.places[piece.layer];
        const int64_t inputs = piece.bias ? 1 : p_.layers[piece.layer].inputs;
        const int64_t from = piece.bias ? place.biases : place.weights;
        return {vector + from + (piece.first * inputs + piece.begin) * L, inputs * L};
    }
    bool has_slot(int k) const { return k < slot_count_; }
    T* slot(int k, int64_t begin) const { return (slots_[k].get() ? slots_[k].get() : parameters_.get()) + begin; }
};

}  // namespace glassnet::GLASSNET_ISA
