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
// its slowest, and fewer threads are faster; a second later more are tried again. Results are the same
// for any number.
class Moderation {
public:
    int allowed(int threads, double now) {
        if (level_ > 0 && now >= until_) level_--, until_ = now + 1;
        const int fewer = threads >> level_;
        return fewer > 1 ? fewer : 1;
    }
    // Whether waiting takes too much of the job's `seconds` so far.
    static bool held_up(int threads, double seconds) {
        return threads > 1 && seconds > 0.002 && Team::slept(threads) > 0.4 * seconds * (threads - 1);
    }
    void ease(double now) { level_++, until_ = now + 1; }

private:
    int level_ = 0;
    double until_ = 0;
};

}  // namespace glassnet
