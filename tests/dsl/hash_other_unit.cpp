#include "tests/dsl/hash_other_unit.hpp"

#include "tests/dsl/many_kernels.hpp"

namespace sporkle::testing {

std::vector<Hash> hashes_of_other_unit() { return hashes_of_many_kernels(); }

}  // namespace sporkle::testing
