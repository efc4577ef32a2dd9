// How many threads are worth trying for a call.
#pragma once

#include <cstdint>
#include <vector>

namespace sporkle::runtime {

/// `work` is what operations() counts, `tasks` the largest grid, `most` the threads there are. One number
/// where the answer is plain, else both one and all, the better guess first: then they are measured like
/// different variants.
std::vector<int> thread_counts(double work, std::int64_t tasks, int most);

}  // namespace sporkle::runtime
