// The team of threads: made at its first use, and anew in a forked process.
#include "team.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

namespace glassnet {
namespace {

constexpr int SPINS = 4000;  // some 50 µs: longer than most waits within a step

inline void pause_briefly() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Waits until `value` is no longer `old`; false where it had to sleep.
bool spin_while(std::atomic<unsigned>& value, unsigned old) {
    for (int i = 0; i < SPINS; i++) {
        if (value.load(std::memory_order_acquire) != old) return true;
        pause_briefly();
    }
    return false;
}
void sleep_while(std::atomic<unsigned>& value, unsigned old) {
    while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

struct Pool {
    std::mutex busy;
    pid_t owner = getpid();
    std::vector<std::thread> helpers;
    // Each in a cache line of its own: one thread waits for it while another changes the next.
    alignas(64) std::atomic<unsigned> round{0};  // counts the jobs; a helper waits for the next
    alignas(64) std::atomic<unsigned> gate{0};   // counts the barriers passed
    alignas(64) std::atomic<int> arrived{0};
    alignas(64) std::atomic<int> asleep{0};      // at a barrier
    std::atomic<bool> over{false};
    std::atomic<int64_t> slept{0};   // nanoseconds that this job's threads slept at barriers
    int threads = 1;
    void (*work)(void*, int, int) = nullptr;
    void* context = nullptr;

    void barrier() {
        unsigned now = gate.load(std::memory_order_acquire);
        if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == threads) {
            arrived.store(0, std::memory_order_relaxed);
            gate.store(now + 1);
            if (asleep.load() > 0) gate.notify_all();  // which asks the system: some 300 ns
        } else {
            if (spin_while(gate, now)) return;
            const auto began = std::chrono::steady_clock::now();
            asleep++;
            sleep_while(gate, now);
            asleep--;
            slept += std::chrono::nanoseconds(std::chrono::steady_clock::now() - began).count();
        }
    }

    void help(int number, unsigned seen) {
        for (;;) {
            if (!spin_while(round, seen)) sleep_while(round, seen);
            seen = round.load(std::memory_order_acquire);
            if (over.load(std::memory_order_acquire)) return;
            if (number < threads) {
                work(context, number, threads);
                barrier();  // the job is done when all are here
            }
        }
    }

    void grow(int count) {
        while (int(helpers.size()) + 1 < count) {
            int number = int(helpers.size()) + 1;
            unsigned seen = round.load();
            helpers.emplace_back([this, number, seen] { help(number, seen); });
        }
    }

    ~Pool() {
        over = true;
        round.fetch_add(1);
        round.notify_all();
        for (std::thread& helper : helpers) helper.join();
    }
};

std::mutex making;
Pool* pool = nullptr;

// After a fork only the calling thread is left: the old pool is forgotten, not ended.
Pool& current() {
    std::lock_guard<std::mutex> lock(making);
    if (pool == nullptr || pool->owner != getpid()) pool = new Pool;
    return *pool;
}

void forget_in_child() {
    new (&making) std::mutex;
    pool = nullptr;
}

}  // namespace

void Team::run(int threads, void (*work)(void*, int, int), void* context) {
    static const int registered = pthread_atfork(nullptr, nullptr, forget_in_child);
    (void)registered;
    if (threads <= 1) return work(context, 0, 1);
    Pool& p = current();
    std::unique_lock<std::mutex> lock(p.busy, std::try_to_lock);
    if (!lock.owns_lock()) return work(context, 0, 1);
    try {
        p.grow(threads);
    } catch (...) {  // the system gives no more threads
        threads = int(p.helpers.size()) + 1;
        if (threads <= 1) return work(context, 0, 1);
    }
    p.threads = threads;
    p.slept = 0;
    p.work = work;
    p.context = context;
    p.round.fetch_add(1, std::memory_order_release);
    p.round.notify_all();
    work(context, 0, threads);
    p.barrier();
}

void Team::barrier(int threads) {
    if (threads > 1) pool->barrier();
}

double Team::slept(int threads) { return threads > 1 ? 1e-9 * double(pool->slept.load()) : 0; }

}  // namespace glassnet
