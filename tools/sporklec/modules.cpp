#include "tools/sporklec/modules.hpp"

#include <filesystem>
#include <system_error>

#include <sporkle/error.hpp>

#include "tools/sporklec/compile.hpp"
#include "tools/sporklec/output.hpp"

namespace sporkle::compiler {

void write_modules(const std::vector<Program>& programs, const Options& options) {
    std::error_code failed;
    std::filesystem::create_directories(options.output, failed);
    if (failed)
        throw Error(ErrorCode::input_output,
                    "the folder '" + options.output + "' cannot be made: " + failed.message());
    std::size_t modules = 0;
    for (const Program& program : programs)
        for (const Destination& destination : options.destinations) {
            if (destination.target->name() != "spirv") continue;
            for (const codegen::Schedule& schedule : schedules_of(program, destination, options)) {
                const codegen::Variant variant = lower_for(program, schedule, destination);
                const codegen::Code code = destination.target->emit({&variant, 1});
                modules += code.entries.at(0).size();
                for (const codegen::Code::Entry& entry : code.entries.at(0))
                    write_output((std::filesystem::path(options.output) / (entry.symbol + ".spv")).string(),
                                 std::span(code.bytes).subspan(entry.offset, entry.size));
            }
        }
    if (modules == 0) refuse_nothing(options);
}

}  // namespace sporkle::compiler
