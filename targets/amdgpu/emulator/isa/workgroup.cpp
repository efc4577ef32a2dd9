#include "targets/amdgpu/emulator/isa/workgroup.hpp"

#include <algorithm>
#include <cstdio>

#include "targets/amdgpu/emulator/isa/hazard.hpp"
#include "targets/amdgpu/emulator/isa/indexed.hpp"
#include "targets/amdgpu/emulator/isa/issue_model.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

/// Instructions of one wave before the next has its turn: long enough to keep its registers in the cache,
/// short enough for waves that wait for one another.
constexpr std::uint64_t turn = 4096;

std::string hexadecimal(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

[[noreturn]] void reject(const std::string& message) { throw Error(ErrorCode::invalid_argument, message); }

void check(const Launch& launch) {
    if (!launch.program || !launch.memory) reject("a workgroup needs a program and a memory");
    const Program& program = *launch.program;
    const Chip& chip = program.chip();
    if (launch.waves.empty()) reject("a workgroup without waves");
    if (launch.vgprs < program.vector_registers())
        reject("the program uses " + std::to_string(program.vector_registers()) +
               " VGPRs, the launch allocates " + std::to_string(launch.vgprs));
    if (launch.accumulators < program.accumulators())
        reject("the program uses " + std::to_string(program.accumulators()) +
               " AGPRs, the launch allocates " + std::to_string(launch.accumulators));
    if (launch.mode & mode::rounding)
        throw Error(ErrorCode::unsupported,
                    "the AMD emulator rounds to nearest even only; FLOAT_MODE asks for " +
                        std::to_string(launch.mode & mode::rounding));
    if (chip.generation != Generation::gfx12 && !(launch.mode & mode::ieee))
        throw Error(ErrorCode::unsupported, "the AMD emulator knows IEEE mode only; RSRC1.IEEE_MODE is 0");
    for (const WaveStart& wave : launch.waves) {
        if (wave.sgprs.size() > slot::vcc) reject("more than 106 initial SGPRs");
        if (wave.vgprs.size() > static_cast<std::size_t>(launch.vgprs))
            reject("more initial VGPRs than allocated");
        for (const auto& row : wave.vgprs)
            if (row.size() != static_cast<std::size_t>(program.wave_size()))
                reject("an initial VGPR needs " + std::to_string(program.wave_size()) +
                       " values, one a lane");
    }
}

}  // namespace

Workgroup::Workgroup(const Launch& launch)
    : launch_(launch), lds_order_(static_cast<std::size_t>(std::max(launch.lds_bytes, 0))) {
    check(launch);
    Program& program = *launch.program;
    lds_.assign(static_cast<std::size_t>(launch.lds_bytes), std::byte{0xa5});
    for (const WaveStart& start : launch.waves) {
        auto wave =
            std::make_unique<Wave>(program.chip(), program.wave_size(), launch.vgprs, launch.accumulators);
        wave->scalar.fill(0xdeadbee5u);
        for (int k = slot::null; k < slot::count; ++k) wave->scalar[static_cast<std::size_t>(k)] = 0;
        std::copy(start.sgprs.begin(), start.sgprs.end(), wave->scalar.begin());
        std::copy(start.trap_temporaries.begin(), start.trap_temporaries.end(),
                  wave->scalar.begin() + slot::ttmp);
        wave->scalar[slot::m0] = start.m0;
        wave->write64(slot::exec, start.exec & wave->all_lanes);
        wave->write64(slot::shared_base, launch.shared_aperture);
        wave->write64(slot::shared_limit, launch.shared_aperture | 0xffffffffu);
        wave->write64(slot::private_base, launch.private_aperture);
        wave->write64(slot::private_limit, launch.private_aperture | 0xffffffffu);
        for (std::size_t k = 0; k < start.vgprs.size(); ++k)
            std::copy(start.vgprs[k].begin(), start.vgprs[k].end(), wave->row(static_cast<int>(k)));
        wave->mode = launch.mode;
        wave->scratch = start.scratch;
        wave->compute_unit = start.compute_unit;
        wave->scratch_bytes_per_lane = launch.scratch_bytes_per_lane;
        wave->approximate = launch.approximate;
        wave->number = static_cast<int>(waves_.size());
        wave->program = &program;
        wave->memory = launch.memory;
        wave->lds = &lds_;
        wave->lds_order = &lds_order_;
        wave->counters = &counters_;
        wave->next = program.index_of(program.entry());
        waves_.push_back(std::move(wave));
    }
}
Workgroup::~Workgroup() = default;

void Workgroup::report(std::size_t index, const WaveFault& fault) {
    const Wave& w = *waves_[index];
    // The wave has moved on past the instruction that failed.
    const Instruction& i = (*launch_.program)[w.next - 1];
    const std::string text = launch_.program->text(i);
    std::string message = std::string(launch_.program->chip().name) + ": wave " + std::to_string(index) +
                          " at " + hexadecimal(i.address) + ": " + fault.message;
    if (fault.failure == Failure::memory_fault) message += " (address " + hexadecimal(fault.address) + ")";
    message += "; instruction: " + text;
    throw ExecutionError(fault.failure, message, fault.address, static_cast<int>(index), i.address, text);
}

void Workgroup::run_wave(std::size_t index, std::uint64_t instructions) {
    Wave& w = *waves_[index];
    const Instruction* const* table = launch_.program->table();
    const Chip& chip = w.chip;
    std::array<std::uint64_t, instruction_classes> cycles;
    for (int k = 0; k < instruction_classes; ++k)
        cycles[static_cast<std::size_t>(k)] = static_cast<std::uint64_t>(
            issue_model::issue_cycles(chip, static_cast<InstructionClass>(k), w.lanes));
    const bool waits = has_wait_state_rules(chip);
    std::uint64_t left = instructions;
    try {
        while (left > 0 && w.status == WaveStatus::running) {
            const Instruction& i = *table[w.next++];
            if (!w.outstanding.none()) check_hazards(w, i);
            if (waits) {
                if (w.history.concerns(i)) check_wait_states(w, i);
                w.history.issue(i);
            }
            const auto kind = static_cast<std::size_t>(i.kind);
            ++counters_.instructions[kind];
            w.time += cycles[kind];
            w.issued += cycles[kind];
            if (w.register_indexing)
                run_with_index(w, i);
            else
                i.run(w, i);
            --left;
        }
    } catch (const WaveFault& fault) {
        report(index, fault);
    }
    executed_ += instructions - left;
}

void Workgroup::release_barrier() {
    std::uint32_t signalled = ~0u;
    std::uint64_t latest = 0;
    for (const auto& wave : waves_) {
        if (wave->status == WaveStatus::ended) continue;
        signalled = std::min(signalled, wave->barriers_signalled);
        latest = std::max(latest, wave->time);
    }
    for (const auto& wave : waves_) {
        if (wave->status != WaveStatus::at_barrier || wave->barriers_waited > signalled) continue;
        wave->status = WaveStatus::running;
        wave->time = latest;
    }
}

void Workgroup::run() {
    while (!run(std::uint64_t{1} << 40)) {
    }
}

bool Workgroup::run(std::uint64_t instructions) {
    const std::uint64_t end = executed_ + std::min(instructions, std::uint64_t{1} << 60);
    while (executed_ < end) {
        bool any = false, all_ended = true;
        for (std::size_t k = 0; k < waves_.size(); ++k) {
            Wave& w = *waves_[k];
            if (w.status == WaveStatus::sleeping) w.status = WaveStatus::running;
            if (w.status == WaveStatus::running) {
                run_wave(k, std::min(turn, launch_.instruction_limit));
                any = true;
            }
            all_ended = all_ended && w.status == WaveStatus::ended;
        }
        if (all_ended) {
            std::vector<std::uint64_t> busy(static_cast<std::size_t>(launch_.program->chip().simds), 0);
            for (std::size_t k = 0; k < waves_.size(); ++k) {
                busy[k % busy.size()] += waves_[k]->issued;
                counters_.cycles = std::max(counters_.cycles, waves_[k]->time);
            }
            counters_.cycles = std::max(counters_.cycles, *std::max_element(busy.begin(), busy.end()));
            return true;
        }
        release_barrier();
        if (!any && std::none_of(waves_.begin(), waves_.end(),
                                 [](const auto& wave) { return wave->status == WaveStatus::running; }))
            for (std::size_t k = 0; k < waves_.size(); ++k)
                if (waves_[k]->status == WaveStatus::at_barrier)
                    report(k, {Failure::hang, "hangs at a barrier that other waves do not reach"});
        if (executed_ > launch_.instruction_limit)
            for (std::size_t k = 0; k < waves_.size(); ++k)
                if (waves_[k]->status != WaveStatus::ended)
                    report(k, {Failure::hang, "no end after " + std::to_string(executed_) +
                                                  " instructions: taken for a hang"});
    }
    return false;
}

}  // namespace sporkle::amdgpu::emulator
