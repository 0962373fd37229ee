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
};

}  // namespace glassnet
