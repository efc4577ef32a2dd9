#include "targets/amdgpu/emulator/gpu/dispatcher.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <random>

#include <sporkle/error.hpp>

#include "targets/amdgpu/emulator/gpu/gpu_fault.hpp"
#include "targets/amdgpu/emulator/isa/issue_model.hpp"
#include "targets/amdgpu/emulator/isa/workgroup.hpp"
#include "targets/amdgpu/pm4/formatted.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using pm4::formatted;

constexpr std::uint64_t group_launch_cycles = 32;  ///< a round figure: one wave a few cycles

class Dispatch {
  public:
    Dispatch(const GpuModel& model, const DispatchSetup& setup, ComputeUnits& units,
             const DispatchOptions& options, Program& program)
        : model_(model), setup_(setup), units_(units), options_(options) {
        for (std::uint64_t mask = setup.units; mask != 0; mask &= mask - 1)
            enabled_.push_back(static_cast<std::size_t>(std::countr_zero(mask)));
        launch_.program = &program;
        launch_.vgprs = setup.vgprs;
        launch_.accumulators = setup.accumulators;
        launch_.lds_bytes = setup.lds_bytes;
        launch_.mode = setup.mode;
        launch_.scratch_bytes_per_lane =
            static_cast<std::uint32_t>(setup.scratch_wave_bytes / static_cast<unsigned>(setup.wave_size));
        launch_.instruction_limit = options.instruction_limit;
        work_item_ids();
    }

    DispatchReport run() {
        DispatchReport report;
        report.program = setup_.program;
        report.groups = setup_.groups();
        report.wave_size = setup_.wave_size;
        report.vgprs = setup_.vgprs;
        report.accumulators = setup_.accumulators;
        report.lds_bytes = setup_.lds_bytes;
        report.scratch_wave_bytes = setup_.scratch_wave_bytes;
        const std::uint64_t resident = resident_groups();
        report.occupancy = static_cast<int>((resident * setup_.waves() + simds() - 1) / simds());
        std::vector<std::uint64_t> issue(enabled_.size(), 0), latency(enabled_.size(), 0);

        std::vector<std::uint64_t> order;
        if (options_.order_seed != 0) {
            order.resize(report.groups);
            std::iota(order.begin(), order.end(), std::uint64_t{0});
            std::shuffle(order.begin(), order.end(), std::mt19937_64(options_.order_seed));
        }
        for (std::uint64_t n = 0; n < report.groups; ++n) {
            const std::uint64_t number = order.empty() ? n : order[n];
            const std::size_t unit = n % enabled_.size();
            const Counters counters = run_group(number, unit);
            report.waves += launch_.waves.size();
            issue[unit] += issue_cycles(counters) + group_launch_cycles;
            latency[unit] += counters.cycles;
            report.counters += counters;
        }
        for (std::size_t unit = 0; unit < enabled_.size(); ++unit)
            report.cycles = std::max({report.cycles, issue[unit], latency[unit] / resident});
        return report;
    }

  private:
    std::uint64_t simds() const { return static_cast<std::uint64_t>(model_.processor->simds); }

    /// Workgroups that a compute unit holds at a time.
    std::uint64_t resident_groups() const {
        const auto registers = static_cast<std::uint64_t>(setup_.vgprs + setup_.accumulators) *
                               (setup_.wave_size == 64 && model_.chip->major() >= 10 ? 2 : 1);
        const std::uint64_t of_simd = std::clamp<std::uint64_t>(
            model_.vgprs_of_simd / std::max<std::uint64_t>(registers, 1), 1, model_.waves_of_simd);
        std::uint64_t groups = std::max<std::uint64_t>(of_simd * simds() / setup_.waves(), 1);
        if (setup_.lds_bytes > 0)
            groups = std::min<std::uint64_t>(
                groups, std::max<std::uint64_t>(
                            model_.chip->lds_bytes() / static_cast<unsigned>(setup_.lds_bytes), 1));
        return groups;
    }

    /// Cycles that the busiest of a unit's SIMDs issues for.
    std::uint64_t issue_cycles(const Counters& counters) const {
        std::uint64_t cycles = 0;
        for (int k = 0; k < instruction_classes; ++k)
            cycles += counters.instructions[static_cast<std::size_t>(k)] *
                      static_cast<std::uint64_t>(issue_model::issue_cycles(
                          *model_.processor, static_cast<InstructionClass>(k), setup_.wave_size));
        const std::uint64_t memory =
            (counters.load_transactions + counters.store_transactions) * issue_model::transaction_cycles;
        return std::max(cycles / std::min<std::uint64_t>(simds(), setup_.waves()), memory);
    }

    /// v0 … of each wave: the same in all whole groups.
    void work_item_ids() {
        const auto lanes = static_cast<std::uint32_t>(setup_.wave_size);
        const bool packed = model_.chip->work_item_ids == WorkItemIds::packed;
        for (std::uint32_t w = 0; w < setup_.waves(); ++w) {
            auto& rows =
                ids_.emplace_back(packed ? 1 : setup_.work_item_ids, std::vector<std::uint32_t>(lanes));
            for (std::uint32_t l = 0; l < lanes; ++l) {
                const auto [x, y, z] = position(w * lanes + l, setup_.group_size);
                if (packed) {
                    rows[0][l] = x | (setup_.work_item_ids > 1 ? y << 10 : 0) |
                                 (setup_.work_item_ids > 2 ? z << 20 : 0);
                    continue;
                }
                const std::uint32_t of[] = {x, y, z};
                for (std::size_t d = 0; d < rows.size(); ++d) rows[d][l] = of[d];
            }
        }
    }
    static std::array<std::uint32_t, 3> position(std::uint32_t item, const std::uint32_t size[3]) {
        return {item % size[0], item / size[0] % size[1], item / size[0] / size[1]};
    }

    Counters run_group(std::uint64_t number, std::size_t unit) {
        const std::uint64_t extent[2] = {setup_.end[0] - setup_.first[0], setup_.end[1] - setup_.first[1]};
        const std::uint32_t at[3] = {
            setup_.first[0] + static_cast<std::uint32_t>(number % extent[0]),
            setup_.first[1] + static_cast<std::uint32_t>(number / extent[0] % extent[1]),
            setup_.first[2] + static_cast<std::uint32_t>(number / extent[0] / extent[1])};
        std::uint32_t size[3];
        for (int d = 0; d < 3; ++d)
            size[d] = at[d] + 1 == setup_.end[d] ? setup_.last_size[d] : setup_.group_size[d];
        ++started_groups_;
        launch_.memory = units_.units[enabled_[unit]].get();
        launch_waves(at, size, enabled_[unit]);
        try {
            Workgroup group(launch_);
            group.run();
            return group.counters();
        } catch (const ExecutionError& error) {
            throw GpuFault(formatted("workgroup (%u, %u, %u), %s", at[0], at[1], at[2], error.what()));
        } catch (const Error& error) {
            throw GpuFault(formatted("workgroup (%u, %u, %u): %s", at[0], at[1], at[2], error.what()));
        }
    }

    void launch_waves(const std::uint32_t (&at)[3], const std::uint32_t (&size)[3], std::size_t unit) {
        const auto lanes = static_cast<std::uint32_t>(setup_.wave_size);
        const std::uint32_t items = size[0] * size[1] * size[2], waves = (items + lanes - 1) / lanes;
        const bool whole = items == setup_.items();
        launch_.waves.resize(waves);
        for (std::uint32_t w = 0; w < waves; ++w) {
            WaveStart& wave = launch_.waves[w];
            wave.vgprs = ids_[w];
            const std::uint32_t here = std::min(lanes, items - w * lanes);
            wave.exec = here == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << here) - 1;
            if (!whole) partial_ids(wave, w, size);
            start(wave, w, waves, at, unit);
        }
    }

    /// The numbers of a group that is smaller than the others.
    void partial_ids(WaveStart& wave, std::uint32_t w, const std::uint32_t (&size)[3]) const {
        const auto lanes = static_cast<std::uint32_t>(setup_.wave_size);
        for (std::uint32_t l = 0; l < lanes; ++l) {
            const auto p = position(w * lanes + l, size);
            if (model_.chip->work_item_ids == WorkItemIds::packed)
                wave.vgprs[0][l] = p[0] | (setup_.work_item_ids > 1 ? p[1] << 10 : 0) |
                                   (setup_.work_item_ids > 2 ? p[2] << 20 : 0);
            else
                for (std::size_t d = 0; d < wave.vgprs.size(); ++d) wave.vgprs[d][l] = p[d];
        }
    }

    void start(WaveStart& wave, std::uint32_t w, std::uint32_t waves, const std::uint32_t (&at)[3],
               std::size_t unit) {
        // In CU mode a workgroup has either of the two, in turn.
        wave.compute_unit =
            model_.has_gl1() ? static_cast<int>((setup_.both_units ? w : started_groups_) & 1) : 0;
        wave.sgprs.assign(setup_.user_data, setup_.user_data + setup_.user_sgprs);
        // Every wave in flight has a slot of scratch; those that follow get the slots of those that ended.
        const std::uint64_t slot = setup_.scratch ? next_slot_++ % setup_.scratch_waves : 0;
        const std::uint64_t engine = unit / (model_.arrays_per_engine * model_.units_per_array);
        const std::uint64_t ring =
            model_.chip->scratch_waves_per_engine() ? engine * setup_.scratch_waves : 0;
        const std::uint64_t offset = (ring + slot) * setup_.scratch_wave_bytes;
        wave.scratch = setup_.scratch ? setup_.scratch_base + offset : 0;
        const std::uint32_t info = (w == 0 ? 1u << 31 : 0) | waves;
        if (model_.chip->group_ids() == GroupIds::trap_temporaries) {
            wave.trap_temporaries[9] = at[0];
            wave.trap_temporaries[7] = (at[1] & 0xffff) | at[2] << 16;
            wave.trap_temporaries[8] = w << 25;
            if (setup_.group_info) wave.sgprs.push_back(info);
            return;
        }
        for (int d = 0; d < 3; ++d)
            if (setup_.group_id[d]) wave.sgprs.push_back(at[d]);
        if (setup_.group_info) wave.sgprs.push_back(info);
        if (setup_.scratch && model_.chip->scratch() == ScratchKind::descriptor)
            wave.sgprs.push_back(static_cast<std::uint32_t>(offset));
    }

    const GpuModel& model_;
    const DispatchSetup& setup_;
    ComputeUnits& units_;
    const DispatchOptions& options_;
    Launch launch_;
    std::vector<std::size_t> enabled_;                          ///< compute units
    std::vector<std::vector<std::vector<std::uint32_t>>> ids_;  ///< by wave, register, lane
    std::uint64_t next_slot_ = 0, started_groups_ = 0;
};

}  // namespace

ComputeUnits::ComputeUnits(const GpuModel& model, GpuMemory& memory) : code(*model.processor) {
    for (std::uint32_t array = 0; array < model.shader_engines * model.arrays_per_engine; ++array) {
        const auto gl1 = model.has_gl1() ? std::make_shared<ReadCache>() : nullptr;
        for (std::uint32_t unit = 0; unit < model.units_per_array; ++unit)
            units.push_back(std::make_unique<ComputeUnit>(model, memory, gl1, code));
    }
}

DispatchReport run_dispatch(const GpuModel& model, const DispatchSetup& setup, const PageTable& table,
                            ComputeUnits& units, const DispatchOptions& options) {
    Program* program = nullptr;
    try {
        program = &units.code.program(table, setup.wave_size, setup.program, *units.units.front());
    } catch (const WaveFault& fault) {
        throw GpuFault(formatted("the program at 0x%llx: %s (address 0x%llx)",
                                 static_cast<unsigned long long>(setup.program), fault.message.c_str(),
                                 static_cast<unsigned long long>(fault.address)));
    }
    if (program->scalar_registers() > setup.sgprs)
        throw GpuFault(formatted("the program uses %d SGPRs, COMPUTE_PGM_RSRC1.SGPRS allocates %d",
                                 program->scalar_registers(), setup.sgprs));
    return Dispatch(model, setup, units, options, *program).run();
}

}  // namespace sporkle::amdgpu::emulator
