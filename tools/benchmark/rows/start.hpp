// The first call of a process, measured inside that process.
#pragma once

#include <string>

namespace sporkle::bench {

/// Makes a 64^3 product for the first time in this process and prints how many seconds that took: for Sporkle
/// a Context with the given wisdom file and the call, for a peer (by name) the call alone. Returns the exit
/// status.
int start_once(const std::string& who, const std::string& wisdom);

}  // namespace sporkle::bench
