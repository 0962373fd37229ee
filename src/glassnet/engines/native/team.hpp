// A team of threads that works in step: it spins briefly at a barrier, then sleeps.
#pragma once

namespace glassnet {

class Team {
public:
    // Calls work(context, i, threads) for i = 0 … threads − 1, number 0 on the calling thread. Where
    // the team is at work for another caller, one thread does all: `threads` is then 1.
    static void run(int threads, void (*work)(void*, int, int), void* context);
    // Waits until every thread of the team is here.
    static void barrier(int threads);
    // Seconds that the threads of the job under way, taken together, have slept at barriers.
    static double slept(int threads);
};

// How many threads are worth having. On a machine that is busy with other programs a team waits for
// its slowest, and fewer threads are faster; more are tried again after a while, the longer the more
// often that failed. Results are the same for any number.
class Moderation {
public:
    int allowed(int threads, double now) {
        if (level_ > 0 && now >= until_) {
            level_--;
            until_ = now + pause_;
        }
        const int fewer = threads >> level_;
        return fewer > 1 ? fewer : 1;
    }
    // Whether waiting takes too much of the job's `seconds` so far.
    static bool held_up(int threads, double seconds) {
        return threads > 1 && seconds > 0.002 && Team::slept(threads) > 0.4 * seconds * (threads - 1);
    }
    // After a job: were its threads held up, fewer take part in the next ones.
    void learn(int threads, double seconds, double now) {
        if (held_up(threads, seconds)) {
            level_++;
            pause_ = pause_ < 1 ? 2 * pause_ : pause_;
            until_ = now + pause_;
        } else if (threads > 1 && seconds > 0.02) {
            pause_ = SHORTEST;
        }
    }

private:
    static constexpr double SHORTEST = 0.03;
    int level_ = 0;
    double until_ = 0, pause_ = SHORTEST;
};

}  // namespace glassnet
