// The driver. Decoding is in interpreter_decode.cpp, buffers in interpreter_memory.cpp, members in
// interpreter_team.cpp.
#include "codegen/ir/interpreter.hpp"

#include <algorithm>
#include <cstring>

#include "codegen/ir/interpreter_machine.hpp"
#include "codegen/ir/printer.hpp"

namespace sporkle::tile {
namespace {

using interpreter::Machine;

std::string fault_of(const Kernel& kernel, const Execution& execution) {
    std::string fault = verify(kernel);
    if (!fault.empty()) return fault;
    const std::string name = "kernel '" + kernel.name + "': ";
    if (execution.parameters.size() < static_cast<std::size_t>(kernel.parameter_words))
        return name + "the parameter block has " + std::to_string(execution.parameters.size()) +
               " words, and the kernel reads " + std::to_string(kernel.parameter_words);
    if (execution.buffers.size() != kernel.buffers.size())
        return name + "memory is given for " + std::to_string(execution.buffers.size()) + " of its " +
               std::to_string(kernel.buffers.size()) + " buffers";
    for (const Buffer& b : kernel.buffers) {
        if (b.space != Space::task) continue;
        const std::uint64_t offset = execution.parameters[static_cast<std::size_t>(b.word)];
        if (offset > static_cast<std::uint64_t>(std::max<std::int64_t>(execution.task_bytes, 0)))
            return name + "task buffer '" + b.name + "' begins at byte " + std::to_string(offset) +
                   " of an arena of " + std::to_string(execution.task_bytes);
    }
    return {};
}

void run_all_tasks(Machine& m, interpreter::Memories& memories, const std::array<std::int64_t, 3>& grid) {
    for (m.task[2] = 0; m.task[2] < grid[2]; ++m.task[2])
        for (m.task[1] = 0; m.task[1] < grid[1]; ++m.task[1])
            for (m.task[0] = 0; m.task[0] < grid[0]; ++m.task[0]) {
                if (++m.epoch == 0) {  // all 255 marks are used up
                    memories.forget();
                    m.epoch = 1;
                }
                ++m.task_number;
                run_team(m);
            }
}

std::string text_of(const Kernel& kernel, const Machine& m, const interpreter::Fault& fault) {
    std::string text = "kernel '" + kernel.name + "', task (" + std::to_string(m.task[0]) + ", " +
                       std::to_string(m.task[1]) + ", " + std::to_string(m.task[2]) + ")";
    if (kernel.members > 1) text += ", member " + std::to_string(m.member);
    return text + ": " + fault.text + "\n  in: " + print(kernel, *fault.source);
}

}  // namespace

std::string interpret(const Kernel& kernel, const Execution& execution) {
    if (std::string fault = fault_of(kernel, execution); !fault.empty()) return fault;

    Machine m;
    interpreter::Memories memories(kernel, execution, m);
    const std::vector<std::byte> image = decode(kernel, execution, m);
    const auto members = static_cast<std::size_t>(kernel.members);
    const interpreter::Bytes frames(image.size() * members);
    for (std::size_t n = 0; n < members; ++n) {
        m.members.push_back({frames.get() + n * image.size()});
        std::memcpy(m.members[n].frame, image.data(), image.size());
    }
    m.shuffle_width = static_cast<std::uint32_t>(kernel.shuffle_width);
    if (kernel.threads == 1) m.holders = m.shuffle_width;
    try {
        run_all_tasks(m, memories, execution.grid);
        return {};
    } catch (const interpreter::Fault& fault) {
        return text_of(kernel, m, fault);
    }
}

}  // namespace sporkle::tile
