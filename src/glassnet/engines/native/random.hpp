// Randomness as nn/random.py has it: Philox4x64-10 (Salmon et al. 2011), word for word the same.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace glassnet::GLASSNET_ISA {

enum class Stream : uint64_t { order = 2, dropout = 3 };

struct Words {
    uint64_t word[4];
};

// The block at a counter; NumPy counts up before it draws, hence the + 1.
inline Words philox(uint64_t seed, Stream stream, uint64_t first, uint64_t second, uint64_t third) {
    uint64_t c0 = first + 1, c1 = second + (c0 == 0), c2 = third, c3 = 0;
    uint64_t k0 = seed, k1 = uint64_t(stream);
    for (int round = 0; round < 10; round++) {
        unsigned __int128 a = (unsigned __int128)0xD2E7470EE14C6C93u * c0;
        unsigned __int128 b = (unsigned __int128)0xCA5A826395121157u * c2;
        c0 = uint64_t(b >> 64) ^ c1 ^ k0;
        c1 = uint64_t(b);
        c2 = uint64_t(a >> 64) ^ c3 ^ k1;
        c3 = uint64_t(a);
        k0 += 0x9E3779B97F4A7C15u;
        k1 += 0xBB67AE8584CAA73Bu;
    }
    return {{c0, c1, c2, c3}};
}

// 0 … count − 1 in the order of `count` random words, equal ones as they stand: buckets by the
// words' upper bits, then by insertion.
inline void permutation(uint64_t seed, int64_t epoch, int64_t count, int64_t* order, uint64_t* words,
                        uint64_t* sorted, int64_t* starts, int bits) {
    for (int64_t i = 0; i < count; i += 4) {
        Words block = philox(seed, Stream::order, uint64_t(i / 4), uint64_t(epoch), 0);
        for (int64_t j = i; j < count && j < i + 4; j++) words[j] = block.word[j - i];
    }
    int64_t buckets = int64_t(1) << bits;
    int shift = 64 - bits;
    std::memset(starts, 0, size_t(buckets + 1) * sizeof(int64_t));
    for (int64_t i = 0; i < count; i++) starts[(bits ? words[i] >> shift : 0) + 1]++;
    for (int64_t b = 0; b < buckets; b++) starts[b + 1] += starts[b];
    for (int64_t i = 0; i < count; i++) {
        int64_t place = starts[bits ? words[i] >> shift : 0]++;
        sorted[place] = words[i];
        order[place] = i;
    }
    // A bucket holds about one word: hardly any is out of place, and none far.
    for (int64_t i = 1; i < count; i++) {
        if (sorted[i - 1] <= sorted[i]) continue;
        const uint64_t word = sorted[i];
        const int64_t row = order[i];
        int64_t j = i;
        for (; j > 0 && sorted[j - 1] > word; j--) {
            sorted[j] = sorted[j - 1];
            order[j] = order[j - 1];
        }
        sorted[j] = word;
        order[j] = row;
    }
}

}  // namespace glassnet::GLASSNET_ISA
