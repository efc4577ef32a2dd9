#include "tools/benchmark/report/machine.hpp"

#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>

#include "tools/benchmark/measure/clock.hpp"

namespace sporkle::bench {
namespace {

double measured_gigahertz() {
    double best = 0;
    for (int round = 0; round < 20; ++round) {
        constexpr long steps = 1 << 20;
        std::uint64_t value = 1;
        const double start = now();
        for (long i = 0; i < steps; ++i) asm volatile("add $1, %0" : "+r"(value));
        best = std::max(best, double(steps) / (now() - start) / 1e9);
    }
    return best;
}

}  // namespace

MachineInfo this_machine() {
    MachineInfo machine;
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line) && machine.cpu.empty();)
        if (line.starts_with("model name")) machine.cpu = line.substr(line.find(':') + 2);
    utsname name{};
    if (uname(&name) == 0) machine.system = std::string(name.sysname) + " " + name.release;
    cpu_set_t set;
    machine.cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    machine.gigahertz = measured_gigahertz();
    return machine;
}

}  // namespace sporkle::bench
