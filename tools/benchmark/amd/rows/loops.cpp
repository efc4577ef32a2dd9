#include <sporkle/error.hpp>

#include "tools/benchmark/amd/isa/listing.hpp"
#include "tools/benchmark/amd/radv.hpp"
#include "tools/benchmark/amd/rows/rows.hpp"
#include "tools/benchmark/amd/subject.hpp"

namespace sporkle::bench::amd {
namespace {

Row loop_row(const AmdOptions& options, const std::string& chip, const codegen::Schedule& schedule) {
    const codegen::EmitTarget& amdgpu = emitter("amdgpu");
    Row row = plain_row("FMAs per instruction", "GEMM f32 " + chip + " " + schedule.name, "FMA/instr", true);
    row.bar = Bar{Bar::Kind::share_of_peer, 1};
    const codegen::Variant variant = codegen::lower(gemm_program(), schedule, amdgpu.machine(chip));
    const Counts ours = hottest_loop(parse_listing(amdgpu.stage_text(variant, "asm")));
    row.facts.emplace_back("schedule", codegen::to_text(schedule));
    if (ours.instructions == 0) {
        row.outcome = Outcome::failed;
        row.reason = "our code has no loop with multiply-adds";
        return row;
    }
    row.entries.push_back(entry("Sporkle", ours.density()));
    row.facts.emplace_back("Sporkle's loop", to_text(ours));
    const RadvCode radv = radv_code(options.program, chip, schedule.name);
    if (!radv.absent.empty()) {
        row.facts.emplace_back("absent peer", radv.absent);
        return row;
    }
    Entry& peer = row.entries.emplace_back(entry("RADV", radv.loop.density()));
    peer.ours_faster = ours.density() / radv.loop.density();
    row.facts.emplace_back("RADV's loop", to_text(radv.loop));
    row.facts.emplace_back("RADV's device", radv.device);
    return row;
}

}  // namespace

void loop_rows(const AmdOptions& options, const Take& take) {
    for (const std::string& chip : options.chips) {
        std::vector<codegen::Schedule> schedules = tile_schedules(emitter("amdgpu").machine(chip));
        if (!options.all_tiles && schedules.size() > 1) schedules.resize(1);
        for (const codegen::Schedule& schedule : schedules) take(loop_row(options, chip, schedule));
    }
}

}  // namespace sporkle::bench::amd
