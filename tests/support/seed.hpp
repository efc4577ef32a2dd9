// The seed of tests that draw at random.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace sporkle::testing {

/// The environment's SPORKLE_TEST_SEED, a number or "random"; else always the same one, so that what has
/// passed passes again. It is printed.
inline unsigned test_seed() {
    const char* const wanted = std::getenv("SPORKLE_TEST_SEED");
    unsigned seed = 1;
    if (wanted != nullptr)
        seed = wanted == std::string("random") ? std::random_device{}()
                                               : static_cast<unsigned>(std::stoul(wanted));
    std::printf("SPORKLE_TEST_SEED=%u\n", seed);
    return seed;
}

}  // namespace sporkle::testing
