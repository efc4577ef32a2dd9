#include "tools/benchmark/limits/fma_peak.hpp"

#include <immintrin.h>

#include <algorithm>

namespace sporkle::bench {
namespace {

// Sixteen accumulators cover latency × throughput of every x86 core so far (4 or 5 cycles × 2 a cycle). The
// empty asm hides from the compiler that the operands are constants and that the result is unused.
constexpr int accumulators = 16;

__attribute__((target("avx512f"))) void fma_v4(long iterations) {
    __m512 sum[accumulators];
    for (__m512& s : sum) s = _mm512_setzero_ps();
    __m512 a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
    asm volatile("" : "+v"(a), "+v"(b));
    for (long i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
        for (__m512& s : sum) s = _mm512_fmadd_ps(s, a, b);
    }
    for (__m512& s : sum) asm volatile("" : "+v"(s));
}

__attribute__((target("avx2,fma"))) void fma_v3(long iterations) {
    // Thirteen, since v3 has sixteen registers and two are taken.
    __m256 sum[13];
    for (__m256& s : sum) s = _mm256_setzero_ps();
    __m256 a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
    asm volatile("" : "+x"(a), "+x"(b));
    for (long i = 0; i < iterations; ++i) {
#pragma GCC unroll 13
        for (__m256& s : sum) s = _mm256_fmadd_ps(s, a, b);
    }
    for (__m256& s : sum) asm volatile("" : "+x"(s));
}

void multiply_add_v2(long iterations) {
    __m128 sum[6], product[6];
    for (int n = 0; n < 6; ++n) {
        sum[n] = _mm_setzero_ps();
        product[n] = _mm_set1_ps(0.5f);
    }
    __m128 a = _mm_set1_ps(1.0f), b = _mm_set1_ps(0.25f);
    asm volatile("" : "+x"(a), "+x"(b));
    for (long i = 0; i < iterations; ++i) {
#pragma GCC unroll 6
        for (int n = 0; n < 6; ++n) {
            product[n] = _mm_mul_ps(product[n], a);
            sum[n] = _mm_add_ps(sum[n], b);
        }
    }
    for (int n = 0; n < 6; ++n) asm volatile("" : "+x"(sum[n]), "+x"(product[n]));
}

}  // namespace

std::vector<FmaLoop> fma_loops() {
    std::vector<FmaLoop> loops = {{"x86-64-v2", 6 * 2 * 4, multiply_add_v2}};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        loops.push_back({"x86-64-v3", 13 * 2 * 8, fma_v3});
    if (__builtin_cpu_supports("avx512f")) loops.push_back({"x86-64-v4", accumulators * 2 * 16, fma_v4});
    return loops;
}

double fma_rate(const FmaLoop& loop, Team& team, double seconds) {
    // About 100 GFLOP/s, or faster: enough iterations to be long beside the start of the threads.
    const long iterations = static_cast<long>(seconds * 100e9 / loop.flops_per_iteration) + 1;
    double rate = 0;
    for (const double time : team.run([&](int) { loop.run(iterations); }))
        rate += static_cast<double>(iterations) * loop.flops_per_iteration / std::max(time, 1e-9);
    return rate;
}

}  // namespace sporkle::bench
