// The one clock of the harness, in seconds.
#pragma once

#include <chrono>

namespace sporkle::bench {

inline double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace sporkle::bench
