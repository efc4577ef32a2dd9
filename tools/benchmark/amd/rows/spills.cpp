#include "tools/benchmark/amd/isa/spills.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include <sporkle/error.hpp>

#include "tools/benchmark/amd/rows/rows.hpp"
#include "tools/benchmark/amd/subject.hpp"

namespace sporkle::bench::amd {
namespace {

/// Sums over some variants on a chip.
struct Sum {
    int variants = 0, registers = 0;
    std::string spilling, with_scratch;  ///< which

    void add(const std::string& variant, const Spills& spills) {
        ++variants;
        registers += spills.registers();
        const auto note = [&](std::string& list, const std::string& what) {
            list += (list.empty() ? "" : "; ") + variant + ": " + what;
        };
        if (spills.registers() > 0)
            note(spilling,
                 std::to_string(spills.vgprs) + " VGPRs, " + std::to_string(spills.sgprs) + " SGPRs");
        if (spills.scratch_bytes > 0)
            note(with_scratch, std::to_string(spills.scratch_bytes) + " bytes of a lane");
    }
};

/// What was found on a chip: of the variants that the model puts first, which calls get unless they are tuned
/// or do not fit, and of all.
struct Found {
    std::mutex mutex;  ///< guards what follows
    Sum first, all;
    std::string error;
};

void look_at(const Program& program, const std::string& chip, Found& found) {
    const codegen::EmitTarget& amdgpu = emitter("amdgpu");
    const codegen::Machine machine = amdgpu.machine(chip);
    bool is_first = true;
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine)) {
        const Spills spills = spills_of(amdgpu.stage_text(codegen::lower(program, schedule, machine), "asm"));
        const std::string name = std::string(program.name.view()) + "/" + schedule.name;
        const std::lock_guard lock(found.mutex);
        if (is_first) found.first.add(name, spills);
        found.all.add(name, spills);
        is_first = false;
    }
}

void look_at_all(const AmdOptions& options, const std::string& chip, Found& found) {
    const std::vector<Program> programs = measured_programs(options.quick);
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t p; (p = next.fetch_add(1)) < programs.size();) try {
                look_at(programs[p], chip, found);
            } catch (const std::exception& error) {
                const std::lock_guard lock(found.mutex);
                if (found.error.empty())
                    found.error = std::string(programs[p].name.view()) + ": " + error.what();
            }
    };
    std::vector<std::thread> others;
    for (int t = 1; t < options.threads; ++t) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
}

Row spill_row(const std::string& name, const Sum& sum, const std::string& error) {
    Row row = plain_row("spilled registers", name, "registers", false);
    row.bar = Bar{Bar::Kind::at_most, 0};
    if (!error.empty()) {
        row.outcome = Outcome::failed;
        row.reason = error;
        return row;
    }
    row.entries.push_back(entry("Sporkle", sum.registers));
    row.facts.emplace_back("variants", std::to_string(sum.variants));
    if (!sum.spilling.empty()) row.facts.emplace_back("spilling", sum.spilling);
    if (!sum.with_scratch.empty()) row.facts.emplace_back("with private memory", sum.with_scratch);
    return row;
}

}  // namespace

void spill_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips) {
        Found found;
        look_at_all(options, chip, found);
        take(spill_row("first variant of each kernel " + chip, found.first, found.error));
        take(spill_row("every variant " + chip, found.all, found.error));
    }
}

}  // namespace sporkle::bench::amd
