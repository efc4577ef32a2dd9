// The machine that figures were measured on.
#pragma once

#include <cstdint>
#include <string>

namespace sporkle::bench {

struct MachineInfo {
    std::string cpu;       ///< model name
    std::string system;    ///< kernel release
    int cores = 0;         ///< that this process may use
    double gigahertz = 0;  ///< measured while busy: a chain of dependent additions, one a cycle
};

MachineInfo this_machine();

}  // namespace sporkle::bench
