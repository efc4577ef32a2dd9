#include "tools/benchmark/limits/bandwidth.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace sporkle::bench {
namespace {

// All loops below take a multiple of `chunk` floats.
constexpr std::size_t chunk = 64;

__attribute__((target("avx512f"))) void copy_v4(float* to, const float* from, std::size_t floats) {
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 4
        for (std::size_t j = i; j < i + chunk; j += 16) _mm512_store_ps(to + j, _mm512_load_ps(from + j));
}
__attribute__((target("avx512f"))) void stream_v4(float* to, const float* from, std::size_t floats) {
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 4
        for (std::size_t j = i; j < i + chunk; j += 16) _mm512_stream_ps(to + j, _mm512_load_ps(from + j));
    _mm_sfence();
}
__attribute__((target("avx2"))) void copy_v3(float* to, const float* from, std::size_t floats) {
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 8
        for (std::size_t j = i; j < i + chunk; j += 8) _mm256_store_ps(to + j, _mm256_load_ps(from + j));
}
__attribute__((target("avx2"))) void stream_v3(float* to, const float* from, std::size_t floats) {
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 8
        for (std::size_t j = i; j < i + chunk; j += 8) _mm256_stream_ps(to + j, _mm256_load_ps(from + j));
    _mm_sfence();
}
void copy_v2(float* to, const float* from, std::size_t floats) {
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 16
        for (std::size_t j = i; j < i + chunk; j += 4) _mm_store_ps(to + j, _mm_load_ps(from + j));
}
void stream_v2(float* to, const float* from, std::size_t floats) {
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 16
        for (std::size_t j = i; j < i + chunk; j += 4) _mm_stream_ps(to + j, _mm_load_ps(from + j));
    _mm_sfence();
}
void copy_libc(float* to, const float* from, std::size_t floats) {
    std::memcpy(to, from, floats * sizeof(float));
}

__attribute__((target("avx512f"))) void read_v4(const float* from, std::size_t floats) {
    __m512i seen[4] = {};
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j)
            seen[j] = _mm512_or_si512(seen[j], _mm512_load_si512(from + i + 16 * j));
    for (__m512i& s : seen) asm volatile("" : "+v"(s));
}
__attribute__((target("avx2"))) void read_v3(const float* from, std::size_t floats) {
    __m256i seen[8] = {};
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 8
        for (std::size_t j = 0; j < 8; ++j)
            seen[j] = _mm256_or_si256(seen[j],
                                      _mm256_load_si256(reinterpret_cast<const __m256i*>(from + i + 8 * j)));
    for (__m256i& s : seen) asm volatile("" : "+x"(s));
}
void read_v2(const float* from, std::size_t floats) {
    __m128i seen[8] = {};
    for (std::size_t i = 0; i < floats; i += chunk)
#pragma GCC unroll 16
        for (std::size_t j = 0; j < 16; ++j)
            seen[j % 8] =
                _mm_or_si128(seen[j % 8], _mm_load_si128(reinterpret_cast<const __m128i*>(from + i + 4 * j)));
    for (__m128i& s : seen) asm volatile("" : "+x"(s));
}

bool has_v4() { return __builtin_cpu_supports("avx512f"); }
bool has_v3() { return __builtin_cpu_supports("avx2"); }

std::size_t round_up(std::size_t value, std::size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/// Floats in so many bytes: whole chunks, at least one.
std::size_t chunked_floats(std::size_t bytes) {
    return round_up(std::max<std::size_t>(bytes / sizeof(float), 1), chunk);
}

/// The part of `floats` that a thread takes: whole chunks.
struct Part {
    std::size_t first, count;
};
Part part_of(std::size_t floats, int thread, int threads) {
    const std::size_t chunks = floats / chunk, n = static_cast<std::size_t>(threads);
    const std::size_t first = chunks * static_cast<std::size_t>(thread) / n;
    const std::size_t last = chunks * static_cast<std::size_t>(thread + 1) / n;
    return {first * chunk, (last - first) * chunk};
}

long repetitions_for(double seconds, double bytes, double rate) {
    return std::max(1L, static_cast<long>(seconds * rate / bytes));
}

/// Runs the work a few times to see how fast it roughly is: bytes per second.
template <class RateOf>
double first_rate(double bytes, RateOf rate_of) {
    rate_of(1);
    double rate = rate_of(1);
    for (int i = 0; i < 3; ++i) rate = std::max(rate, rate_of(repetitions_for(0.4e-3, bytes, rate)));
    return rate;
}

double slowest(const std::vector<double>& seconds) {
    return std::max(*std::max_element(seconds.begin(), seconds.end()), 1e-9);
}

}  // namespace

Arena::Arena(std::size_t bytes) : bytes_(round_up(std::max<std::size_t>(bytes, 1), 4096)) {
    data_ = static_cast<float*>(std::aligned_alloc(4096, bytes_));
    if (data_ == nullptr) throw std::bad_alloc();
    std::memset(data_, 0, bytes_);
}

Arena::~Arena() { std::free(data_); }

// The target begins 2 KiB off a page, so that loads and stores never alias in their low twelve bits.
CopyLimit::CopyLimit(std::size_t bytes, Team& team)
    : team_(team),
      from_(chunked_floats(bytes / 2) * sizeof(float)),
      to_(chunked_floats(bytes / 2) * sizeof(float) + 2048),
      floats_(chunked_floats(bytes / 2)) {
    const struct {
        const char* name;
        Copy copy;
    } ways[] = {{"plain stores", has_v4()   ? copy_v4
                                 : has_v3() ? copy_v3
                                            : copy_v2},
                {"non-temporal stores", has_v4()   ? stream_v4
                                        : has_v3() ? stream_v3
                                                   : stream_v2},
                {"memcpy", copy_libc}};
    const double moved = 2.0 * static_cast<double>(floats_ * sizeof(float));
    for (const auto& way : ways) {
        const double rate = first_rate(moved, [&](long n) { return rate_of(way.copy, n); });
        if (rate > best_rate_) {
            best_rate_ = rate;
            copy_ = way.copy;
            method_ = way.name;
        }
    }
}

double CopyLimit::rate_of(Copy copy, long repetitions) {
    const double seconds = slowest(team_.run([&](int thread) {
        const Part part = part_of(floats_, thread, team_.size());
        for (long i = 0; i < repetitions; ++i)
            copy(to_.data() + 512 + part.first, from_.data() + part.first, part.count);
    }));
    return 2.0 * static_cast<double>(floats_ * sizeof(float)) * static_cast<double>(repetitions) / seconds;
}

double CopyLimit::rate(double seconds) {
    const double moved = 2.0 * static_cast<double>(floats_ * sizeof(float));
    return rate_of(copy_, repetitions_for(seconds, moved, best_rate_));
}

ReadLimit::ReadLimit(std::size_t bytes, Team& team)
    : team_(team), from_(chunked_floats(bytes) * sizeof(float)), floats_(chunked_floats(bytes)) {
    best_rate_ = first_rate(static_cast<double>(floats_ * sizeof(float)), [&](long n) { return rate_of(n); });
}

double ReadLimit::rate_of(long repetitions) {
    const double seconds = slowest(team_.run([&](int thread) {
        const Part part = part_of(floats_, thread, team_.size());
        const auto read = has_v4() ? read_v4 : has_v3() ? read_v3 : read_v2;
        for (long i = 0; i < repetitions; ++i) read(from_.data() + part.first, part.count);
    }));
    return static_cast<double>(floats_ * sizeof(float)) * static_cast<double>(repetitions) / seconds;
}

double ReadLimit::rate(double seconds) {
    return rate_of(repetitions_for(seconds, static_cast<double>(floats_ * sizeof(float)), best_rate_));
}

}  // namespace sporkle::bench
