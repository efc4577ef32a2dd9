#include "tools/sporklec/compile.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <functional>
#include <set>
#include <thread>

#include <sporkle/error.hpp>

namespace sporkle::compiler {
namespace {

using codegen::CompiledKernel;
using codegen::CompiledVariants;

/// A kernel that code generation has no room for gets no variants: the runtime evaluates it by the reference.
CompiledVariants compile_one(const Program& program, const Destination& destination, const Options& options) {
    CompiledVariants result;
    std::vector<codegen::Schedule> schedules;
    try {
        schedules = schedules_of(program, destination, options);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::unsupported) throw;
        std::fprintf(stderr, "sporklec: warning: no code for %s, the reference will run instead: %s\n",
                     destination.architecture.c_str(), error.what());
    }
    for (const codegen::Schedule& schedule : schedules)
        result.variants.push_back(lower_for(program, schedule, destination));
    if (!result.variants.empty()) result.code = destination.target->emit(result.variants);
    return result;
}

/// Runs body(0) … body(count - 1) on several threads; each number once, in ascending order of their start.
void for_all(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t n; (n = next.fetch_add(1)) < count;) body(n);
    };
    std::vector<std::thread> helpers;
    for (std::size_t t = 1; t < std::min<std::size_t>(threads, count); ++t) helpers.emplace_back(work);
    work();
    for (std::thread& helper : helpers) helper.join();
}

}  // namespace

std::vector<codegen::Schedule> schedules_of(const Program& program, const Destination& destination,
                                            const Options& options) {
    const codegen::Machine machine = destination.target->machine(destination.architecture);
    std::vector<codegen::Schedule> schedules = codegen::enumerate_schedules(program, machine);
    if (!options.schedule.empty())
        std::erase_if(schedules, [&](const auto& schedule) { return schedule.name != options.schedule; });
    return schedules;
}

codegen::Variant lower_for(const Program& program, const codegen::Schedule& schedule,
                           const Destination& destination) {
    try {
        return codegen::lower(program, schedule, destination.target->machine(destination.architecture));
    } catch (const std::exception& error) {
        throw Error(ErrorCode::unsupported, "kernel '" + std::string(program.name.view()) + "', schedule '" +
                                                schedule.name + "' for " + destination.architecture + ": " +
                                                error.what());
    }
}

std::vector<CompiledKernel> compile(const std::vector<Program>& programs, const Options& options) {
    std::vector<CompiledKernel> kernels;
    for (const Program& program : programs)
        kernels.push_back({program, std::vector<CompiledVariants>(options.destinations.size())});

    const std::size_t destinations = options.destinations.size();
    std::vector<std::exception_ptr> faults(programs.size() * destinations);
    for_all(faults.size(), options.jobs, [&](std::size_t n) {
        try {
            kernels[n / destinations].parts[n % destinations] =
                compile_one(programs[n / destinations], options.destinations[n % destinations], options);
        } catch (...) {
            faults[n] = std::current_exception();
        }
    });
    for (const std::exception_ptr& fault : faults)
        if (fault) std::rethrow_exception(fault);
    for (CompiledKernel& kernel : kernels)
        std::erase_if(kernel.parts, [](const CompiledVariants& part) { return part.variants.empty(); });
    return kernels;
}

void refuse_nothing(const Options& options) {
    std::string architectures;
    for (const Destination& destination : options.destinations)
        architectures += " " + destination.architecture;
    throw Error(
        ErrorCode::unsupported,
        "--emit=" + options.stage + " has nothing to show: the kernels have no variants for" + architectures);
}

void check_schedule_name(const std::vector<Program>& programs, const Options& options) {
    if (options.schedule.empty() || programs.empty()) return;
    Options all = options;
    all.schedule.clear();
    std::set<std::string> known;
    for (const Program& program : programs)
        for (const Destination& destination : options.destinations)
            for (const codegen::Schedule& schedule : schedules_of(program, destination, all))
                known.insert(schedule.name);
    if (known.contains(options.schedule)) return;
    std::string names;
    for (const std::string& name : known) names += " " + name;
    throw Error(ErrorCode::invalid_argument,
                "no schedule '" + options.schedule + "'; the kernels have" + names);
}

}  // namespace sporkle::compiler
