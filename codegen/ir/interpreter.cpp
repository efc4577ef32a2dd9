// Decoding and control flow. What a step does is in interpreter_arithmetic.cpp and interpreter_access.cpp.
#include "codegen/ir/interpreter.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "codegen/ir/arithmetic.hpp"
#include "codegen/ir/interpreter_machine.hpp"
#include "codegen/ir/printer.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::tile {
namespace interpreter {
namespace {

constexpr std::size_t line = 64;  ///< alignment of the frame and of scratch memory, bytes

void copy_all(Machine& m, const std::vector<Copy>& copies) {
    for (const Copy& copy : copies) std::memcpy(m.frame + copy.to, m.frame + copy.from, copy.bytes);
}

/// As if all values were read before the first one is written: a loop may yield its own parameters.
void copy_at_once(Machine& m, const std::vector<Copy>& copies) {
    std::byte* spare = m.spare.data();
    for (const Copy& copy : copies) {
        std::memcpy(spare, m.frame + copy.from, copy.bytes);
        spare += copy.bytes;
    }
    spare = m.spare.data();
    for (const Copy& copy : copies) {
        std::memcpy(m.frame + copy.to, spare, copy.bytes);
        spare += copy.bytes;
    }
}

void run_for(Machine& m, const Step& s) {
    std::int64_t counter = *m.at<std::int64_t>(s.operand[0]);
    const std::int64_t high = *m.at<std::int64_t>(s.operand[1]);
    const std::int64_t step = *m.at<std::int64_t>(s.operand[2]);
    if (step <= 0) throw Fault{s.source, "the step is " + std::to_string(step)};
    copy_all(m, s.copies[0]);
    while (counter < high) {
        *m.at<std::int64_t>(s.result) = counter;
        m.run_block(s.block[0]);
        copy_at_once(m, s.copies[1]);
        if (__builtin_add_overflow(counter, step, &counter)) throw Fault{s.source, "the counter overflows"};
    }
    copy_all(m, s.copies[2]);
}

void run_if(Machine& m, const Step& s) {
    const int taken = *m.at<bool>(s.operand[0]) ? 0 : 1;
    m.run_block(s.block[taken]);
    copy_all(m, s.copies[taken]);
}

class Decoder {
  public:
    Decoder(const Kernel& kernel, const Execution& execution, Machine& machine)
        : k_(kernel), execution_(execution), m_(machine), places_(kernel.types.size(), nowhere) {}

    /// Bytes of the frame.
    std::size_t lay_out() {
        std::size_t end = 0;
        for (std::size_t id = 1; id < places_.size(); ++id) {
            const std::size_t bytes = bytes_of(Value{static_cast<std::uint32_t>(id)});
            const std::size_t alignment = bytes >= line ? line : 8;
            end = (end + alignment - 1) / alignment * alignment;
            places_[id] = static_cast<Place>(end);
            end += bytes;
        }
        return end;
    }

    /// Returns the block's number. What does not change from task to task is computed here, once.
    int block(const Region& region) {
        const std::size_t number = m_.blocks.size();
        m_.blocks.emplace_back();
        std::vector<Step> steps;
        for (const Instruction& i : region.body) instruction(i, steps);
        m_.blocks[number] = std::move(steps);
        return static_cast<int>(number);
    }

  private:
    std::size_t bytes_of(Value v) const {
        const Type type = k_.type_of(v);
        return static_cast<std::size_t>(size_of(type.scalar)) * type.lanes;
    }
    Place place(Value v) const { return places_[v.id]; }
    Copy copy(Value to, Value from) const {
        return {place(to), place(from), static_cast<std::uint32_t>(bytes_of(to))};
    }

    void instruction(const Instruction& i, std::vector<Step>& steps) {
        switch (i.op) {
            case Op::constant:
                return fill(i.results[0], i.bits);
            case Op::parameter:
                return fill(i.results[0], execution_.parameters[static_cast<std::size_t>(i.imm)]);
            case Op::lane_ids:
                return number_lanes(i.results[0]);
            case Op::yield:
                return;
            case Op::for_:
                return steps.push_back(loop(i));
            case Op::if_:
                return steps.push_back(branch(i));
            default:
                steps.push_back(simple(i));
        }
    }

    void fill(Value v, std::uint64_t bits) {
        with_dtype(k_.type_of(v).scalar, [&]<DType T>() {
            std::fill_n(m_.at<Native<T>>(place(v)), k_.type_of(v).lanes, element_from_bits<T>(bits));
        });
    }

    void number_lanes(Value v) {
        with_dtype(k_.type_of(v).scalar, [&]<DType T>() {
            for (unsigned l = 0; l < k_.type_of(v).lanes; ++l)
                m_.at<Native<T>>(place(v))[l] = element_from_bits<T>(l);
        });
    }

    Step simple(const Instruction& i) const {
        Step s;
        s.source = &i;
        s.imm = i.imm;
        std::vector<Value> operands = i.operands;
        if (i.masked) {
            s.mask = place(operands.back());
            operands.pop_back();
        }
        if (i.op == Op::concat) {
            const auto bytes = static_cast<std::uint32_t>(bytes_of(operands[0]));
            for (std::uint32_t n = 0; n < operands.size(); ++n)
                s.copies[0].push_back({place(i.results[0]) + n * bytes, place(operands[n]), bytes});
        } else {
            for (std::size_t n = 0; n < operands.size(); ++n) s.operand[n] = place(operands[n]);
        }
        if (!i.results.empty()) s.result = place(i.results[0]);
        const Type type = !i.results.empty()  ? k_.type_of(i.results[0])
                          : !operands.empty() ? k_.type_of(operands[0])
                                              : Type{};
        s.lanes = type.lanes;
        s.bytes = static_cast<std::uint32_t>(size_of(type.scalar)) * type.lanes;
        if (i.op == Op::extract || i.op == Op::slice) s.imm = i.imm * size_of(type.scalar);
        if (is_load(i.op) || is_store(i.op)) {
            s.buffer = i.buffer;
            s.alignment = i.nontemporal ? std::max(i.alignment, static_cast<int>(s.bytes)) : i.alignment;
            s.run = access_step(i.op, type.scalar);
        } else {
            s.run = arithmetic_step(i.op, operands.empty() ? type.scalar : k_.type_of(operands[0]).scalar,
                                    type.scalar);
        }
        return s;
    }

    Step loop(const Instruction& i) {
        Step s;
        s.source = &i;
        s.run = run_for;
        const Region& body = i.regions[0];
        s.result = place(body.parameters[0]);
        for (std::size_t n = 0; n < 3; ++n) s.operand[n] = place(i.operands[n]);
        std::size_t bytes = 0;
        for (std::size_t n = 0; n < i.results.size(); ++n) {
            const Value parameter = body.parameters[n + 1];
            s.copies[0].push_back(copy(parameter, i.operands[n + 3]));
            s.copies[1].push_back(copy(parameter, body.body.back().operands[n]));
            s.copies[2].push_back(copy(i.results[n], parameter));
            bytes += bytes_of(parameter);
        }
        m_.spare.resize(std::max(m_.spare.size(), bytes));
        s.block[0] = block(body);
        return s;
    }

    Step branch(const Instruction& i) {
        Step s;
        s.source = &i;
        s.run = run_if;
        s.operand[0] = place(i.operands[0]);
        for (std::size_t r = 0; r < 2; ++r) {
            for (std::size_t n = 0; n < i.results.size(); ++n)
                s.copies[r].push_back(copy(i.results[n], i.regions[r].body.back().operands[n]));
            s.block[r] = block(i.regions[r]);
        }
        return s;
    }

    const Kernel& k_;
    const Execution& execution_;
    Machine& m_;
    std::vector<Place> places_;
};

}  // namespace
}  // namespace interpreter

namespace {

using interpreter::Area;
using interpreter::Machine;

/// Memory that begins uninitialised, with a byte beside each byte that tells in which epoch it was written.
class Arena {
  public:
    explicit Arena(std::size_t bytes)
        : bytes_(static_cast<std::byte*>(::operator new (bytes + 1, std::align_val_t{interpreter::line}))),
          written_(bytes) {}
    std::byte* bytes() const { return bytes_.get(); }
    std::uint8_t* written() { return written_.data(); }
    void forget() { std::fill(written_.begin(), written_.end(), std::uint8_t{0}); }

  private:
    struct Delete {
        void operator()(std::byte* bytes) const {
            ::operator delete (bytes, std::align_val_t{interpreter::line});
        }
    };
    std::unique_ptr<std::byte, Delete> bytes_;
    std::vector<std::uint8_t> written_;
};

std::string fault_of(const Kernel& kernel, const Execution& execution) {
    std::string fault = verify(kernel);
    if (!fault.empty()) return fault;
    const std::string name = "kernel '" + kernel.name + "': ";
    if (kernel.members > 1) return name + "tasks of several members are not interpreted";
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

/// A task buffer ends where the next one begins.
std::int64_t end_of_task_buffer(const Kernel& kernel, const Execution& execution, std::int64_t offset) {
    std::int64_t end = execution.task_bytes;
    for (const Buffer& b : kernel.buffers) {
        if (b.space != Space::task) continue;
        const auto other = static_cast<std::int64_t>(execution.parameters[static_cast<std::size_t>(b.word)]);
        if (other > offset) end = std::min(end, other);
    }
    return end;
}

/// Gives each global buffer that the kernel writes a record of who touches what, where several tasks run and
/// the buffer is small enough to afford it.
void watch_tasks(const Kernel& kernel, const Execution& execution, Machine& m,
                 std::vector<std::vector<interpreter::Claim>>& claims) {
    constexpr std::int64_t most_elements = std::int64_t{1} << 24;
    const auto& grid = execution.grid;
    if (grid[0] <= 1 && grid[1] <= 1 && grid[2] <= 1) return;
    for (std::size_t n = 0; n < kernel.buffers.size(); ++n) {
        Area& area = m.areas[n];
        const std::int64_t elements = area.highest - area.lowest + 1;
        const bool written = kernel.buffers[n].space == Space::global && kernel.buffers[n].writable;
        if (!written || elements <= 0 || elements > most_elements) continue;
        area.claims = claims.emplace_back(static_cast<std::size_t>(elements)).data();
    }
}

std::int64_t constant_bytes(const Buffer& b) {
    const bool constant = b.space == Space::shared || b.space == Space::private_;
    const auto line = static_cast<std::int64_t>(interpreter::line);
    return constant ? (b.size * size_of(b.dtype) + line - 1) / line * line : 0;
}

void place_buffers(const Kernel& kernel, const Execution& execution, Machine& m, Arena& task,
                   Arena& constant) {
    std::int64_t next = 0;
    for (std::size_t n = 0; n < kernel.buffers.size(); ++n) {
        const Buffer& b = kernel.buffers[n];
        const Memory& memory = execution.buffers[n];
        switch (b.space) {
            case Space::global:
                m.areas.push_back({memory.base, memory.lowest, memory.highest, nullptr});
                break;
            case Space::task: {
                const auto offset =
                    static_cast<std::int64_t>(execution.parameters[static_cast<std::size_t>(b.word)]);
                const std::int64_t bytes = end_of_task_buffer(kernel, execution, offset) - offset;
                m.areas.push_back(
                    {task.bytes() + offset, 0, bytes / size_of(b.dtype) - 1, task.written() + offset});
                break;
            }
            case Space::shared:
            case Space::private_:
                m.areas.push_back({constant.bytes() + next, 0, b.size - 1, constant.written() + next});
                next += constant_bytes(b);
                break;
        }
    }
}

}  // namespace

std::string interpret(const Kernel& kernel, const Execution& execution) {
    if (std::string fault = fault_of(kernel, execution); !fault.empty()) return fault;

    Machine m;
    std::int64_t bytes = 0;
    for (const Buffer& b : kernel.buffers) bytes += constant_bytes(b);
    Arena task(static_cast<std::size_t>(std::max<std::int64_t>(execution.task_bytes, 0)));
    Arena constant(static_cast<std::size_t>(bytes));
    place_buffers(kernel, execution, m, task, constant);
    std::vector<std::vector<interpreter::Claim>> claims;
    watch_tasks(kernel, execution, m, claims);
    interpreter::Decoder decoder(kernel, execution, m);
    const Arena frame(decoder.lay_out());
    m.frame = frame.bytes();
    decoder.block(kernel.body);

    try {
        for (m.task[2] = 0; m.task[2] < execution.grid[2]; ++m.task[2])
            for (m.task[1] = 0; m.task[1] < execution.grid[1]; ++m.task[1])
                for (m.task[0] = 0; m.task[0] < execution.grid[0]; ++m.task[0]) {
                    if (++m.epoch == 0) {  // all 255 marks are used up
                        task.forget();
                        constant.forget();
                        m.epoch = 1;
                    }
                    ++m.task_number;
                    m.run_block(0);
                }
        return {};
    } catch (const interpreter::Fault& fault) {
        return "kernel '" + kernel.name + "', task (" + std::to_string(m.task[0]) + ", " +
               std::to_string(m.task[1]) + ", " + std::to_string(m.task[2]) + "): " + fault.text +
               "\n  in: " + print(kernel, *fault.source);
    }
}

}  // namespace sporkle::tile
