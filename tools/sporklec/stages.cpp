#include "tools/sporklec/stages.hpp"

#include <algorithm>

#include "codegen/text/program_text.hpp"
#include "codegen/text/variant_text.hpp"
#include "tools/sporklec/compile.hpp"

namespace sporkle::compiler {
namespace {

bool has_stage(const codegen::EmitTarget& target, const std::string& stage) {
    const auto stages = target.stages();
    return std::find(stages.begin(), stages.end(), stage) != stages.end();
}

void print_schedules(const Program& program, const Destination& destination, const Options& options,
                     std::ostream& out) {
    out << "kernel " << program.name.view() << " for " << destination.architecture << "\n";
    for (const codegen::Schedule& schedule : schedules_of(program, destination, options))
        out << "  " << schedule.name << ": " << codegen::to_text(schedule) << "\n";
}

/// How many there were.
std::size_t print_variants(const Program& program, const Destination& destination, const Options& options,
                           std::ostream& out) {
    const std::vector<codegen::Schedule> schedules = schedules_of(program, destination, options);
    for (const codegen::Schedule& schedule : schedules) {
        const codegen::Variant variant = lower_for(program, schedule, destination);
        out << "==== kernel " << program.name.view() << " for " << destination.architecture << ", schedule "
            << schedule.name << "\n"
            << (options.stage == "tile" ? codegen::to_text(variant, program)
                                        : destination.target->stage_text(variant, options.stage))
            << "\n";
    }
    return schedules.size();
}

}  // namespace

void print_stage(const std::vector<Program>& programs, const Options& options, std::ostream& out) {
    const bool is_of_variants = options.stage != "program" && options.stage != "schedule";
    std::size_t variants = 0;
    for (const Program& program : programs) {
        if (options.stage == "program") {
            out << codegen::to_text(program) << "\n";
            continue;
        }
        for (const Destination& destination : options.destinations) {
            if (options.stage == "schedule")
                print_schedules(program, destination, options, out);
            else if (options.stage == "tile" || has_stage(*destination.target, options.stage))
                variants += print_variants(program, destination, options, out);
        }
    }
    if (is_of_variants && variants == 0) refuse_nothing(options);
}

}  // namespace sporkle::compiler
