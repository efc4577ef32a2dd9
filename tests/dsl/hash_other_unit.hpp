// The hashes of hashes_of_many_kernels() as another translation unit computes them.
#pragma once

#include <vector>

#include <sporkle/hash.hpp>

namespace sporkle::testing {
std::vector<Hash> hashes_of_other_unit();
}
