#include "tools/benchmark/amd/isa/spills.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include <sporkle/error.hpp>

#include "tools/benchmark/amd/rows/rows.hpp"
#include "tools/benchmark/amd/subject.hpp"

namespace sporkle::bench::amd {
namespace {

/// Sums over all variants on a chip.
struct Found {
    std::mutex mutex;  ///< guards what follows
    int variants = 0, registers = 0, scratch_variants = 0;
    std::string spilling, first_error;
};

void look_at(const Program& program, const std::string& chip, Found& found) {
    const codegen::EmitTarget& amdgpu = emitter("amdgpu");
    const codegen::Machine machine = amdgpu.machine(chip);
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine)) {
        const Spills spills = spills_of(amdgpu.stage_text(codegen::lower(program, schedule, machine), "asm"));
        const std::lock_guard lock(found.mutex);
        ++found.variants;
        found.registers += spills.registers();
        found.scratch_variants += spills.scratch_bytes > 0;
        if (spills.registers() == 0) continue;
        found.spilling += (found.spilling.empty() ? "" : "; ") + std::string(program.name.view()) + "/" +
                          schedule.name + ": " + std::to_string(spills.vgprs) + " VGPRs, " +
                          std::to_string(spills.sgprs) + " SGPRs";
    }
}

Row spill_row(const AmdOptions& options, const std::string& chip) {
    Row row = plain_row("spilled registers", "every variant " + chip, "registers", false);
    row.bar = Bar{Bar::Kind::at_most, 0};
    const std::vector<Program> programs = measured_programs(options.quick);
    Found found;
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t p; (p = next.fetch_add(1)) < programs.size();) try {
                look_at(programs[p], chip, found);
            } catch (const std::exception& error) {
                const std::lock_guard lock(found.mutex);
                if (found.first_error.empty())
                    found.first_error = std::string(programs[p].name.view()) + ": " + error.what();
            }
    };
    std::vector<std::thread> others;
    for (int t = 1; t < options.threads; ++t) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
    if (!found.first_error.empty()) {
        row.outcome = Outcome::failed;
        row.reason = found.first_error;
        return row;
    }
    row.entries.push_back(entry("Sporkle", found.registers));
    row.facts.emplace_back("kernels", std::to_string(programs.size()));
    row.facts.emplace_back("variants", std::to_string(found.variants));
    row.facts.emplace_back("variants with private memory", std::to_string(found.scratch_variants));
    if (!found.spilling.empty()) row.facts.emplace_back("spilling", found.spilling);
    return row;
}

}  // namespace

void spill_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips) take(spill_row(options, chip));
}

}  // namespace sporkle::bench::amd
