// Prints hashes_of_many_kernels(): compare_compilers.cmake compiles it with each compiler that is there.
#include <cstdio>

#include "tests/dsl/many_kernels.hpp"

int main() {
    for (const sporkle::Hash hash : sporkle::testing::hashes_of_many_kernels())
        std::printf("%016llx%016llx\n", static_cast<unsigned long long>(hash.high),
                    static_cast<unsigned long long>(hash.low));
}
